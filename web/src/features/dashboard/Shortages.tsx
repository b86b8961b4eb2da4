import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { currencySign, formatAmount, formatMoney } from '@/format/money';
import { keepTogether } from '@/format/names';
import { formatPercent, formatQuantity, formatWithUnit, unitSign } from '@/format/quantity';
import type { Currency } from '@/money/currencies';
import { DoubleRule } from '@/ui/Money';
import { DaysLeft } from '@/ui/marks';
import { NoRecords } from '@/ui/states';
import { Table } from '@/ui/Table';
import { usePhone } from '@/ui/useMedia';
import styles from './dashboard.module.css';
import { PageLink } from './PageLink';

type List = Schemas['LowStockOnDashboard'];
type Row = List['items'][number];

const ORDERS = '/commandes';
const isShort = (row: Row) => (row.stock_out_probability ?? 1) > 0.5;

/** Quantities under each other: the unit has a column of its own behind them. */
export function QuantityCell({ quantity, unit }: { quantity: number; unit: string }) {
  return (
    <>
      {formatQuantity(quantity)}
      <span className={styles['unit']}>{unitSign(unit)}</span>
    </>
  );
}

/** What runs out before the next delivery, the largest loss of sales first. */
export function Shortages({ list, currency }: { list: List; currency: Currency }) {
  const { t } = useTranslation('dashboard');
  const phone = usePhone();
  if (list.total === 0) {
    return <NoRecords title={t('short_none')}>{t('short_none_why')}</NoRecords>;
  }
  if (phone) {
    return (
      <ul className={styles['lines']}>
        {list.items.slice(0, 5).map((row) => (
          <li key={row.product_id}>
            <div>
              <strong>{keepTogether(row.name)}</strong>
              <span className={styles['second']}>
                {t('left_of', { quantity: formatWithUnit(row.on_hand, row.unit) })}
                <Left row={row} />
              </span>
            </div>
            <div className={styles['right']}>
              <b>{formatMoney(row.sales_at_risk_minor, currency)}</b>
              <span>{t('threatened')}</span>
            </div>
          </li>
        ))}
      </ul>
    );
  }
  return (
    <div className={styles['tight']}>
      <Table<Row>
        caption={t('short')}
        rows={list.items}
        rowKey={(row) => row.product_id}
        columns={[
          { key: 'name', head: t('product'), rowHead: true, cell: (row) => keepTogether(row.name) },
          {
            key: 'left',
            head: t('left'),
            figure: true,
            cell: (row) => <QuantityCell quantity={row.on_hand} unit={row.unit} />,
          },
          { key: 'days', head: t('days_left'), cell: (row) => <Left row={row} /> },
          {
            key: 'probability',
            head: t('stock_out'),
            figure: true,
            cell: (row) =>
              row.stock_out_probability === null
                ? '–'
                : formatPercent(row.stock_out_probability, { digits: 0 }),
          },
          {
            key: 'risk',
            head: t('at_risk', { unit: currencySign(currency) }),
            figure: true,
            cell: (row) => <b>{formatAmount(row.sales_at_risk_minor, currency)}</b>,
          },
          {
            key: 'order',
            head: t('to_order'),
            figure: true,
            cell: (row) => <QuantityCell quantity={row.suggested_quantity} unit={row.unit} />,
          },
        ]}
      />
      <p className={styles['foot']}>
        <b>{t('short_count', { count: list.total })}</b>
        <span>
          {t('short_total')}{' '}
          <DoubleRule>{formatMoney(list.totals.sales_at_risk_minor, currency)}</DoubleRule>
        </span>
        <PageLink to={ORDERS}>{t('order_list')}</PageLink>
      </p>
      <p className={styles['hint']}>{t('short_hint')}</p>
    </div>
  );
}

function Left({ row }: { row: Row }) {
  if (row.days_of_cover === null) return <>–</>;
  return (
    <DaysLeft
      days={row.days_of_cover}
      leadTimeDays={row.why.days_to_delivery}
      isShort={isShort(row)}
    />
  );
}
