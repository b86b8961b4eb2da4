import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { currencySign, formatAmount, formatMoney } from '@/format/money';
import { formatQuantity } from '@/format/quantity';
import { sum } from '@/money/exact';
import { DoubleRule } from '@/ui/Money';
import { NoRecords } from '@/ui/states';
import { Table } from '@/ui/Table';
import { usePhone } from '@/ui/useMedia';
import styles from './dashboard.module.css';
import { PageLink } from './PageLink';
import { receivedRows, type ReceivedRow } from './receivedRows';

/** Money received by method, currency and wallet; what does not add up with the sales is said. */
export function Received({
  breakdown,
  salesWithTaxMinor,
}: {
  breakdown: Schemas['Breakdown'];
  salesWithTaxMinor: number | undefined;
}) {
  const { t } = useTranslation('dashboard');
  const phone = usePhone();
  const { currency } = breakdown;
  const { rows, totalMinor, payments } = receivedRows(breakdown);
  const nameOf = (row: ReceivedRow) =>
    row.account ??
    (row.isCash
      ? `${t(`money.${row.method}`)}, ${currencySign(row.currency)}`
      : t(`money.${row.method}`));
  const own = (minor: number | undefined, row: ReceivedRow) =>
    minor === undefined || minor === 0
      ? '–'
      : row.currency === currency
        ? formatAmount(minor, row.currency)
        : formatMoney(minor, row.currency);
  if (rows.length === 0) {
    return <NoRecords title={t('received_none')}>{t('none_sold_why')}</NoRecords>;
  }
  const rounding =
    salesWithTaxMinor === undefined || totalMinor === undefined
      ? undefined
      : sum([salesWithTaxMinor, -totalMinor]);
  const credits = breakdown.groups.find((group) => group.key === 'credit')?.sales ?? 0;
  if (phone) {
    return (
      <ul className={styles['lines']}>
        {rows.map((row) => (
          <li key={row.key}>
            <strong>{nameOf(row)}</strong>
            <b>{row.netMinor === undefined ? '–' : formatMoney(row.netMinor, row.currency)}</b>
          </li>
        ))}
        <li className={styles['total']}>
          <strong>{t('total')}</strong>
          {totalMinor !== undefined && (
            <b>
              <DoubleRule>{formatMoney(totalMinor, currency)}</DoubleRule>
            </b>
          )}
        </li>
      </ul>
    );
  }
  return (
    <>
      <Table<ReceivedRow>
        caption={t('received')}
        rows={rows}
        rowKey={(row) => row.key}
        columns={[
          { key: 'name', head: t('method'), rowHead: true, cell: nameOf, foot: t('total') },
          {
            key: 'payments',
            head: t('payments'),
            figure: true,
            quiet: true,
            cell: (row) => formatQuantity(row.payments),
            foot: formatQuantity(payments),
          },
          { key: 'in', head: t('in'), figure: true, cell: (row) => own(row.inMinor, row) },
          {
            key: 'change',
            head: t('change'),
            figure: true,
            cell: (row) => own(row.changeMinor && -row.changeMinor, row),
          },
          {
            key: 'refunded',
            head: t('refunded'),
            figure: true,
            cell: (row) => own(row.refundsMinor && -row.refundsMinor, row),
          },
          { key: 'net', head: t('net'), figure: true, cell: (row) => own(row.netMinor, row) },
          {
            key: 'base',
            head: t('net_base', { unit: currencySign(currency) }),
            figure: true,
            cell: (row) => (
              <b>{row.baseMinor === undefined ? '–' : formatAmount(row.baseMinor, currency)}</b>
            ),
            foot:
              totalMinor === undefined ? (
                '–'
              ) : (
                <DoubleRule>{formatAmount(totalMinor, currency)}</DoubleRule>
              ),
          },
        ]}
      />
      {(credits > 0 || (rounding !== undefined && rounding !== 0)) && (
        <p className={styles['hint']}>
          {credits > 0 && (
            <>
              <PageLink to={`/ventes?du=${breakdown.from}&au=${breakdown.to}&moyen=credit`}>
                {t('credit', { count: credits })}
              </PageLink>{' '}
              {t('credit_why', { count: credits })}{' '}
            </>
          )}
          {rounding !== undefined &&
            rounding !== 0 &&
            t('rounding', { amount: formatMoney(rounding, currency) })}
        </p>
      )}
    </>
  );
}
