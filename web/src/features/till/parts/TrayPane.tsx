import { IconClock } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldSentence, Problem, problemSentence } from '@/api/problem';
import { formatTime } from '@/format/dates';
import { formatMoney } from '@/format/money';
import { formatQuantity } from '@/format/quantity';
import { sum } from '@/money/exact';
import { entries, requeue, subscribeEntries, withdraw, type OutboxEntry } from '@/outbox/outbox';
import { Button } from '@/ui/Button';
import { Dialog, DialogActions } from '@/ui/Dialog';
import { Kbd } from '@/ui/Kbd';
import { NoRecords } from '@/ui/states';
import { toast } from '@/ui/toasts';
import { sendWaiting } from '../state/sender';
import { reopenSale } from '../state/store';
import styles from '../done.module.css';
import pay from '../pay.module.css';

/** What waits to be sent, and what was refused: in the tiles' place, the ticket stays usable. */
export function TrayPane({ onBack }: { onBack: () => void }) {
  const { t } = useTranslation('till');
  const { t: common } = useTranslation();
  const all = useEntries();
  const refused = all.filter(({ state }) => state === 'refused');
  const waiting = all.filter(({ state }) => state === 'queued' || state === 'sending');
  const currency = waiting[0]?.receipt.currency;
  return (
    <div className={styles['tray']} role="region" aria-label={t('tray_title')}>
      <div className={styles['trayHead']}>
        <h2>{t('tray_title')}</h2>
        <button type="button" className={pay['back']} onClick={onBack}>
          <span>{t('tray_back')}</span>
          <Kbd>{common('key.escape')}</Kbd>
        </button>
      </div>
      {refused.map((entry) => (
        <Refused key={entry.id} entry={entry} count={refused.length} onBack={onBack} />
      ))}
      {waiting.length > 0 && currency && (
        <>
          <div className={styles['queueHead']}>
            <h3>{t('tray_waiting', { count: waiting.length })}</h3>
            <span className={styles['quiet']}>{t('tray_order')}</span>
          </div>
          <table className={styles['queue']}>
            <tbody>
              {waiting.map((entry) => (
                <tr key={entry.id}>
                  <td>{entry.number}</td>
                  <td>{formatTime(entry.madeAt)}</td>
                  <td>
                    <IconClock size={16} stroke={1.7} aria-hidden />{' '}
                    {entry.state === 'sending' ? t('tray_sending') : t('tray_queued')}
                  </td>
                  <td>{formatMoney(entry.receipt.totalMinor, currency)}</td>
                </tr>
              ))}
            </tbody>
            <tfoot>
              <tr>
                <td colSpan={3}>{t('tray_total')}</td>
                <td>
                  {formatMoney(sum(waiting.map(({ receipt }) => receipt.totalMinor)), currency)}
                </td>
              </tr>
            </tfoot>
          </table>
          <div className={styles['under']} />
        </>
      )}
      {waiting.length === 0 && refused.length === 0 && (
        <NoRecords title={t('tray_empty')}>{t('tray_empty_why')}</NoRecords>
      )}
    </div>
  );
}

function useEntries(): OutboxEntry[] {
  const [all, setAll] = useState<OutboxEntry[]>([]);
  useEffect(() => {
    const read = () => void entries().then(setAll);
    read();
    return subscribeEntries(read);
  }, []);
  return all;
}

/** A sale that the server refused: why, what is short, and what can be done. Never dropped by itself. */
function Refused({
  entry,
  count,
  onBack,
}: {
  entry: OutboxEntry;
  count: number;
  onBack: () => void;
}) {
  const { t } = useTranslation('till');
  const { t: common } = useTranslation();
  const [asks, setAsks] = useState(false);
  const { receipt, refusal } = entry;
  if (!refusal) return null;
  const amount = formatMoney(receipt.totalMinor, receipt.currency);
  const problem = new Problem(409, {
    code: refusal.code,
    title: refusal.title,
    errors: refusal.errors,
  });
  const short = refusal.errors.filter((error) => typeof error['available'] === 'number');
  const nameAt = (pointer: string) => {
    const at = Number(/^\/lines\/(\d+)/.exec(pointer)?.[1] ?? -1);
    return receipt.lines[at]?.name ?? '';
  };
  const figure = (value: unknown) => formatQuantity(Number(value));
  return (
    <section className={styles['refused']}>
      <div className={styles['row']}>
        <h3>{t('tray_refused', { count })}</h3>
        <span>{t('tray_refused_at', { time: formatTime(refusal.at) })}</span>
      </div>
      <div className={styles['row']}>
        <b>{entry.number}</b>
        <span>{t('tray_by', { time: formatTime(entry.madeAt), name: entry.cashier.name })}</span>
        <b className={styles['amount']}>{amount}</b>
      </div>
      {short.length > 0 ? (
        <table className={styles['short']}>
          <thead>
            <tr>
              <th scope="col">{problemSentence(problem)}</th>
              <th scope="col">{t('tray_sold')}</th>
              <th scope="col">{t('tray_stock')}</th>
              <th scope="col">{t('tray_short')}</th>
            </tr>
          </thead>
          <tbody>
            {short.map((error) => (
              <tr key={error.pointer}>
                <td>{nameAt(error.pointer)}</td>
                <td>{figure(error['requested'])}</td>
                <td>{figure(error['available'])}</td>
                <td className={styles['bad']}>
                  {figure(Number(error['requested']) - Number(error['available']))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p>
          {problemSentence(problem)}{' '}
          {refusal.errors
            .filter((error) => error.code !== refusal.code)
            .map(fieldSentence)
            .join(' ')}
        </p>
      )}
      <div className={styles['deeds']}>
        <Button look="ink" onClick={() => void requeue(entry.id).then(sendWaiting)}>
          {short.length > 0 ? t('tray_again') : t('tray_resend')}
        </Button>
        <Button
          onClick={() => {
            void reopenSale(entry).then((gone) => {
              if (gone.length > 0) toast(t('tray_gone', { names: gone.join(', ') }), { bad: true });
              onBack();
            });
          }}
        >
          {t('tray_edit')}
        </Button>
        <Button
          look="chili"
          onClick={() => {
            setAsks(true);
          }}
        >
          {t('tray_giveback')}
        </Button>
      </div>
      <Dialog
        title={t('tray_giveback_title')}
        opened={asks}
        onClose={() => {
          setAsks(false);
        }}
      >
        <p>{t('tray_giveback_why', { amount })}</p>
        <DialogActions>
          <Button
            onClick={() => {
              setAsks(false);
            }}
          >
            {common('action.cancel')}
          </Button>
          <Button look="chili" onClick={() => void withdraw(entry.id)}>
            {t('tray_giveback')}
          </Button>
        </DialogActions>
      </Dialog>
    </section>
  );
}
