import { useTranslation } from 'react-i18next';
import { formatReceiptMoment } from '@/format/dates';
import { formatAmount, formatMoney } from '@/format/money';
import { roundToStep } from '@/money/exact';
import { toBase, toForeign } from '@/money/rates';
import { useNow } from '@/ui/states';
import styles from './setup.module.css';

/** The ticket that fills while one answers: true sums at the rate that was typed. */
export function FirstTicket({
  shop,
  owner,
  currency,
  rateMicros,
}: {
  shop: string;
  owner: string;
  currency: 'CDF' | 'USD';
  rateMicros: number | undefined;
}) {
  const { t } = useTranslation('setup');
  const { t: receipt } = useTranslation('receipt');
  const now = useNow(60_000);
  const prices = currency === 'CDF' ? [385_000, 355_000] : [135, 125];
  const [sugar = 0, bread = 0] = prices;
  const total = 2 * sugar + bread;
  const amount = (minor: number) => formatAmount(minor, currency);
  const rate = rateMicros && { micros: rateMicros, side: 'base_per_foreign' as const };
  const paid = rate && currency === 'CDF' ? toBase(500, rate, 'USD', 'CDF') : undefined;
  const back = paid && paid > total ? roundToStep(paid - total, 5000) : undefined;
  return (
    <>
      <div className={styles['ticket']}>
        <p className={styles['name']}>{shop || '…'}</p>
        <p className={styles['centre']}>{t('address')}</p>
        <hr />
        <p>
          <span>{receipt('ticket')} 000001</span>
          <span>C1-000001</span>
        </p>
        <p>
          <span>{formatReceiptMoment(now)}</span>
          <span>{owner.split(' ')[0]}</span>
        </p>
        <hr />
        <p>
          <b>{t('sugar')}</b>
        </p>
        <p>
          <span>2 × {amount(sugar)}</span>
          <span>{amount(2 * sugar)}</span>
        </p>
        <p>
          <b>{t('bread')}</b>
        </p>
        <p>
          <span>1 × {amount(bread)}</span>
          <span>{amount(bread)}</span>
        </p>
        <hr />
        <p className={styles['total']}>
          <span>{receipt('total')}</span>
          <span>{formatMoney(total, currency)}</span>
        </p>
        {rate && currency === 'CDF' && (
          <>
            <p style={{ marginTop: 6 }}>
              <span>{receipt('at_rate', { rate: amount(toBase(100, rate, 'USD', 'CDF')) })}</span>
              <span>{formatMoney(toForeign(total, rate, 'USD', 'CDF'), 'USD')}</span>
            </p>
            {paid && back !== undefined && (
              <>
                <hr className={styles['dashed']} />
                <p>
                  <span>{receipt('cash_in', { amount: formatMoney(500, 'USD') })}</span>
                  <span>{formatMoney(paid, 'CDF')}</span>
                </p>
                <p>
                  <b>{receipt('back_cdf')}</b>
                  <b>{formatMoney(back, 'CDF')}</b>
                </p>
                {paid - back !== total && (
                  <p>
                    <span>{receipt('rounding', { step: formatMoney(5000, 'CDF') })}</span>
                    <span>{formatMoney(total + back - paid, 'CDF', { signed: true })}</span>
                  </p>
                )}
              </>
            )}
          </>
        )}
        <hr />
        <p className={styles['centre']}>{receipt('thanks')}</p>
      </div>
      <p className={`${styles['quiet'] ?? ''} ${styles['note'] ?? ''}`}>{t('ticket_note')}</p>
    </>
  );
}
