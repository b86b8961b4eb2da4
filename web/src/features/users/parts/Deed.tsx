import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { settingsQuery } from '@/api/queries';
import { formatDay, formatTime, shopDay } from '@/format/dates';
import type { Currency } from '@/money/currencies';
import { changesOf, deedFigures, plainValue, type Change, type Entry } from '../deeds';
import styles from '../users.module.css';

// The log knows more kinds of deeds than this version of the app: a key is looked up, not known.
type Lookup = (key: string, options: object) => string;

export function useActorName(): (entry: Entry) => string {
  const { t } = useTranslation('users');
  return (entry) => entry.actor_name ?? (entry.address === 'local' ? t('program') : t('stranger'));
}

/** What was done, without who: "a fixé 1 $ = 2 754 FC". */
export function useDeedWords(): (entry: Entry) => string {
  const { t } = useTranslation('users');
  const { t: common } = useTranslation();
  const base: Currency = useQuery(settingsQuery).data?.currency ?? 'CDF';
  const look = t as unknown as Lookup;
  return (entry) => {
    const { role, kind, verdict, ...figures } = deedFigures(entry, base);
    const word = (key: string, of: string | undefined) =>
      look(`${key}.${of ?? 'other'}`, { defaultValue: look(`${key}.other`, {}) });
    const options = {
      name: '',
      number: '',
      total: '',
      reason: '',
      file: '',
      rate: '',
      ...figures,
      role: role ? common(`role.${role}`) : '',
      kind: entry.entity === 'stock_document' ? word('stock', kind) : (kind ?? ''),
      verdict: word('verdict', verdict),
    };
    const other = look('did.other', { action: entry.action });
    return look(`did.${entry.action}`, { ...options, defaultValue: other });
  };
}

const MOST = 3;

/** The first fields that a deed changed, the old value struck through. */
export function Changes({ entry }: { entry: Entry }) {
  const { t } = useTranslation('users');
  const changes = changesOf(entry);
  if (changes.length === 0) return null;
  return (
    <span className={styles['changes']}>
      {changes.slice(0, MOST).map((change) => (
        <ChangeWords key={change.field} change={change} />
      ))}
      {changes.length > MOST && <span>{t('more_changes', { count: changes.length - MOST })}</span>}
    </span>
  );
}

function ChangeWords({ change }: { change: Change }) {
  const { t } = useTranslation('users');
  const { t: common } = useTranslation();
  const base: Currency = useQuery(settingsQuery).data?.currency ?? 'CDF';
  const look = t as unknown as Lookup;
  const words = (value: unknown): string => {
    if (typeof value === 'boolean') return value ? t('yes') : t('no');
    if (change.field === 'role') return common(`role.${value as 'admin'}`);
    if (change.field === 'tax_mode') return t(`tax_mode.${value as 'included'}`);
    return plainValue(change.field, value, base) ?? t('blank');
  };
  return (
    <span>
      {look(`field.${change.field}`, { defaultValue: change.field })} <s>{words(change.from)}</s> →{' '}
      {words(change.to)}
    </span>
  );
}

/** "19:34" today, "23 nov." before. */
export function deedTime(entry: Entry): string {
  const isToday = shopDay(entry.recorded_at) === shopDay();
  return isToday ? formatTime(entry.recorded_at) : formatDay(entry.recorded_at);
}
