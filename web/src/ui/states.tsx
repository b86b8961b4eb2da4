/**
 * The states that every page has: loading, nothing there, nothing found, failed, offline, reserved.
 * A page shows one of them instead of its table, in the table's place.
 */
import { IconClock, IconRefresh } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem, problemSentence } from '@/api/problem';
import { useSession } from '@/auth/useSession';
import { useConnection } from '@/connection/useConnection';
import { formatAge, formatTime } from '@/format/dates';
import { Button, ButtonLink } from './Button';
import { cx } from './cx';
import styles from './states.module.css';

/** The words of ages, "12 min" or "1 h 33". */
export function useAge(): (milliseconds: number) => string {
  const { t } = useTranslation();
  return (milliseconds) =>
    formatAge(milliseconds, {
      seconds: t('age.seconds'),
      minutes: t('age.minutes'),
      hours: t('age.hours'),
      days: t('age.days'),
    });
}

/** The time, again every so often: ages move on while nobody does anything. */
export function useNow(everyMs = 15_000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now());
    }, everyMs);
    return () => {
      clearInterval(timer);
    };
  }, [everyMs]);
  return now;
}

/** Grey cells of the real row height, below the real head. `widths` is one share per column. */
export function Skeleton({
  rows = 8,
  widths = [60, 20, 20],
}: {
  rows?: number;
  widths?: number[];
}) {
  const { t } = useTranslation();
  return (
    <div role="status">
      <span className="visually-hidden">{t('state.loading')}</span>
      <table className={styles['skeleton']} aria-hidden="true">
        <tbody>
          {Array.from({ length: rows }, (_, row) => (
            <tr key={row}>
              {widths.map((width, column) => (
                <td key={column} className={styles['cell']} style={{ width: `${width}%` }}>
                  <span
                    className={styles['bar']}
                    style={{
                      width: `${column === 0 ? 45 + ((row * 37) % 45) : 70}%`,
                      marginInlineStart: column === 0 ? 0 : 'auto',
                    }}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Nothing exists yet: what it is, and one action. */
export function NoRecords({
  title,
  children,
  actions,
}: {
  title: string;
  children: React.ReactNode;
  actions?: React.ReactNode;
}) {
  return (
    <div className={styles['state']}>
      <strong>{title}</strong>
      <p>{children}</p>
      {actions && <div className={styles['actions']}>{actions}</div>}
    </div>
  );
}

/** The filters hide everything: what was looked for, and the way back. */
export function NoResults({
  title,
  children,
  onClear,
}: {
  title: string;
  children?: React.ReactNode;
  onClear: () => void;
}) {
  const { t } = useTranslation();
  return (
    <div className={styles['state']}>
      <strong>{title}</strong>
      {children && <p>{children}</p>}
      <div className={styles['actions']}>
        <Button onClick={onClear}>{t('state.clear_filters')}</Button>
      </div>
    </div>
  );
}

/** It failed: the cause, what is kept, again, and the code for the support. */
export function ErrorState({
  error,
  onRetry,
  children,
}: {
  error: unknown;
  onRetry?: (() => void) | undefined;
  children?: React.ReactNode;
}) {
  const { t } = useTranslation();
  const problem = asProblem(error);
  if (problem.isUnreachable && !problem.is('app.timeout')) {
    return <Offline {...(onRetry && { onRetry })}>{children}</Offline>;
  }
  if (problem.status === 403) return <Forbidden />;
  return (
    <div className={cx(styles['state'], styles['barred'], styles['error'])} role="alert">
      <strong>{problemSentence(problem)}</strong>
      <p>{children ?? t('state.error')}</p>
      <div className={styles['actions']}>
        {onRetry && <Button onClick={onRetry}>{t('state.retry')}</Button>}
        {problem.requestId && (
          <span className={styles['code']}>{t('state.code', { id: problem.requestId })}</span>
        )}
      </div>
    </div>
  );
}

/** No network: since when, how old what is shown is, what goes on. */
export function Offline({
  dataAt,
  onRetry,
  children,
}: {
  /** When the data that is still shown arrived. */
  dataAt?: number | undefined;
  onRetry?: () => void;
  children?: React.ReactNode;
}) {
  const { t } = useTranslation();
  const { since } = useConnection();
  const age = useAge();
  const now = useNow();
  return (
    <div className={cx(styles['state'], styles['barred'], styles['offline'])} role="status">
      <strong>{t('state.offline', { time: formatTime(since) })}</strong>
      {dataAt ? <p>{t('state.offline_data', { age: age(now - dataAt) })}</p> : null}
      <p>{children ?? t('state.offline_none')}</p>
      {onRetry && (
        <div className={styles['actions']}>
          <Button onClick={onRetry}>{t('state.retry')}</Button>
        </div>
      )}
    </div>
  );
}

/** The role may not see it: said on a direct address; elsewhere the action is not there at all. */
export function Forbidden({ title, children }: { title?: string; children?: React.ReactNode }) {
  const { t } = useTranslation();
  const { user } = useSession();
  return (
    <div className={cx(styles['state'], styles['barred'])} role="status">
      <strong>{title ?? t('state.forbidden')}</strong>
      <p>{children ?? t('state.forbidden_why', { role: user ? t(`role.${user.role}`) : '' })}</p>
      <div className={styles['actions']}>
        <ButtonLink to={user?.role === 'viewer' ? '/' : '/caisse'}>
          {user?.role === 'viewer' ? t('state.back') : t('state.back_to_till')}
        </ButtonLink>
      </div>
    </div>
  );
}

/** How old figures are: grey under five minutes, ink with a link to compute again above. */
export function Age({ at, onRecompute }: { at: string | number; onRecompute?: () => void }) {
  const { t } = useTranslation();
  const age = useAge();
  const now = useNow();
  const moment = new Date(at).getTime();
  const old = now - moment > 5 * 60_000;
  const words = { time: formatTime(moment), age: age(now - moment) };
  return (
    <span className={cx(styles['age'], old && styles['old'])}>
      {old && <IconClock size={16} stroke={1.7} aria-hidden />}
      {old ? t('age.old', words) : t('age.fresh', words)}
      {old && onRecompute && (
        <Button look="link" onClick={onRecompute}>
          {t('age.recompute')}
        </Button>
      )}
    </span>
  );
}

/** A quiet mark while data that is already shown is fetched again. */
export function Refreshing({ active }: { active: boolean }) {
  const { t } = useTranslation();
  if (!active) return null;
  return (
    <span className={styles['age']} role="status">
      <IconRefresh size={14} stroke={1.7} aria-hidden />
      {t('state.refreshing')}
    </span>
  );
}
