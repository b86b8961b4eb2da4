import { IconCheck, IconClock, IconPlayerPause, IconPrinter, IconShare } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatMoney } from '@/format/money';
import { printReceipt, ReceiptSlip, receiptOfEntry, shareReceipt } from '@/receipt';
import type { OutboxEntry } from '@/outbox/entry';
import { Button } from '@/ui/Button';
import { cx } from '@/ui/cx';
import { Kbd } from '@/ui/Kbd';
import { Figure } from '@/ui/Money';
import type { TillShop } from '../state/shop';
import styles from '../done.module.css';
import ticket from '../ticket.module.css';
import till from '../till.module.css';

/** After the sale: what goes back, in the largest type of the product, until the next one begins. */
export function DonePane({ entry }: { entry: OutboxEntry }) {
  const { t } = useTranslation('till');
  const { receipt } = entry;
  const sent = entry.state === 'synced';
  const number = entry.sale ? String(entry.sale.number).padStart(6, '0') : entry.number;
  return (
    <section className={styles['done']} aria-live="polite">
      <div className={styles['head']}>
        <h2>{receipt.change.length > 0 ? t('done_to_give') : t('done_nothing')}</h2>
        <span className={cx(styles['ok'], !sent && styles['kept'])}>
          {sent ? (
            <IconCheck size={18} stroke={2} aria-hidden />
          ) : (
            <IconClock size={18} stroke={1.7} aria-hidden />
          )}
          {sent ? t('done_recorded') : t('done_kept')}
        </span>
        <span className={styles['quiet']}>
          {number}, {formatMoney(receipt.totalMinor, receipt.currency)}
        </span>
      </div>
      {receipt.change.length > 0 && (
        <p className={styles['back']}>
          {receipt.change.map((line, index) => (
            <span key={line.currency}>
              {index > 0 && <span className={styles['plus']}>+ </span>}
              <Figure minor={line.amountMinor} currency={line.currency} short />
            </span>
          ))}
        </p>
      )}
      <p className={styles['facts']}>
        <span>
          {t('done_received', { amount: formatMoney(receipt.receivedMinor, receipt.currency) })}
        </span>
        {receipt.payments.length > 1 &&
          receipt.payments.map((payment, index) => (
            <span key={index}>
              {payment.accountName ??
                (payment.method === 'cash' ? t('cash_in', { sign: '' }) : t('card'))}{' '}
              {formatMoney(payment.amountMinor, payment.currency)}
            </span>
          ))}
        {receipt.roundingMinor !== 0 && (
          <span>
            {t('done_rounding', {
              amount: formatMoney(-receipt.roundingMinor, receipt.currency, { signed: true }),
            })}
          </span>
        )}
      </p>
    </section>
  );
}

/** Beside it: the receipt as it prints, and the next sale. The focus is on "new sale", so that P prints. */
export function DoneReceipt({
  entry,
  shop,
  held,
  onHeld,
  onNew,
}: {
  entry: OutboxEntry;
  shop: TillShop;
  held: number;
  onHeld: () => void;
  onNew: () => void;
}) {
  const { t } = useTranslation('till');
  const { t: common } = useTranslation();
  const button = useRef<HTMLButtonElement>(null);
  const [shared, setShared] = useState(false);
  const receipt = receiptOfEntry(entry, shop.settings);
  useEffect(() => {
    button.current?.focus();
  }, []);
  return (
    <section className={cx(till['right'], styles['right'])} aria-label={t('receipt')}>
      <div className={styles['receiptHead']}>
        <h2>
          {t('receipt')} <span className={ticket['number']}>80 mm</span>
        </h2>
        {held > 0 && (
          <button type="button" className={ticket['aside']} onClick={onHeld}>
            <IconPlayerPause size={18} stroke={1.7} aria-hidden />
            {t('held', { count: held })}
            <Kbd inherit>F8</Kbd>
          </button>
        )}
      </div>
      {/* Focusable, so that a keyboard can scroll it. */}
      <div className={styles['paper']} tabIndex={0} role="group" aria-label={t('receipt')}>
        <div className={styles['slip']}>
          <ReceiptSlip receipt={receipt} width={80} />
        </div>
      </div>
      <div className={styles['actions']}>
        <Button
          aria-keyshortcuts="P"
          onClick={() => {
            printReceipt(receipt);
          }}
        >
          <IconPrinter size={20} stroke={1.6} aria-hidden />
          {common('action.print')}
          <Kbd inherit>P</Kbd>
        </Button>
        <Button
          onClick={() => {
            void shareReceipt(receipt).then(setShared);
          }}
          aria-pressed={shared}
        >
          <IconShare size={20} stroke={1.6} aria-hidden />
          {common('action.share')}
        </Button>
        <Button ref={button} look="ink" className={styles['new']} onClick={onNew}>
          {t('new_sale')}
          <Kbd inherit>{common('key.enter')}</Kbd>
        </Button>
      </div>
    </section>
  );
}
