import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { currencySign, formatAmount } from '@/format/money';
import { keepTogether } from '@/format/names';
import { formatQuantity, formatWithUnit } from '@/format/quantity';
import type { Currency } from '@/money/currencies';
import { sum } from '@/money/exact';
import { DaysLeft } from '@/ui/marks';
import { DoubleRule } from '@/ui/Money';
import { Table, type Column } from '@/ui/Table';
import { useMedia } from '@/ui/useMedia';
import { amountMinor, isOther, type OrderLine } from '../order';
import styles from '../orders.module.css';
import { OtherRisk } from './OtherRisk';
import { QuantityBox } from './QuantityBox';
import { useWhy } from './useWhy';

export interface OrderListProps {
  lines: readonly OrderLine[];
  currency: Currency;
  instead: React.ReactNode;
  onChange: (id: string, edit: { quantity?: number; chosen?: boolean }) => void;
}

export function Cover({ line: { cover, advice } }: { line: OrderLine }) {
  const { stock_out_probability: risk } = advice;
  if (!cover) return '–';
  return (
    <DaysLeft
      days={cover.days}
      leadTimeDays={cover.leadTimeDays}
      isShort={risk !== null && risk > 0.5}
    />
  );
}

export function OrderTable({
  lines,
  currency,
  instead,
  onChange,
  onAll,
}: OrderListProps & { onAll: (chosen: boolean) => void }) {
  const { t } = useTranslation('orders');
  const why = useWhy();
  const roomy = useMedia('(min-width: 1100px)');
  const sign = currencySign(currency);
  const chosen = lines.filter((line) => line.chosen && line.quantity > 0);
  const quiet = (line: OrderLine) => (line.chosen ? undefined : styles['quiet']);
  const columns: Column<OrderLine>[] = [
    {
      key: 'choose',
      head: (
        <span className={styles['box']}>
          <input
            type="checkbox"
            aria-label={t('choose_all')}
            checked={lines.length > 0 && lines.every((line) => line.chosen)}
            onChange={(event) => {
              onAll(event.target.checked);
            }}
          />
        </span>
      ),
      cell: (line) => (
        <span className={styles['box']}>
          <input
            type="checkbox"
            aria-label={t('choose', { name: line.advice.name })}
            checked={line.chosen}
            onChange={(event) => {
              onChange(line.advice.product_id, { chosen: event.target.checked });
            }}
          />
        </span>
      ),
    },
    {
      key: 'name',
      head: t('product'),
      rowHead: true,
      cell: (line) => (
        <Link href={`/produits/${line.advice.product_id}`} className={styles['name']}>
          <span className={quiet(line)}>{keepTogether(line.advice.name)}</span>
        </Link>
      ),
      foot: t('chosen', { count: chosen.length }),
    },
    {
      key: 'left',
      head: t('left'),
      figure: true,
      cell: ({ advice }) => (
        <span className={advice.on_hand <= 0 ? styles['out'] : undefined}>
          {formatWithUnit(advice.on_hand, advice.unit)}
        </span>
      ),
    },
    { key: 'cover', head: t('days_left'), figure: true, cell: (line) => <Cover line={line} /> },
    { key: 'why', head: t('why'), quiet: true, cell: (line) => <small>{why(line.advice)}</small> },
    {
      key: 'proposed',
      head: t('proposed'),
      figure: true,
      quiet: true,
      cell: ({ advice }) => formatQuantity(advice.suggested_quantity),
    },
    {
      key: 'order',
      head: t('order'),
      figure: true,
      cell: (line) => (
        <QuantityBox
          label={t('quantity_of', { name: line.advice.name })}
          value={line.quantity}
          onChange={(quantity) => {
            onChange(line.advice.product_id, { quantity });
          }}
        />
      ),
    },
    {
      key: 'cost',
      head: t('cost', { sign }),
      figure: true,
      cell: ({ advice }) => formatAmount(advice.unit_cost_minor, currency),
    },
    {
      key: 'amount',
      head: t('amount', { sign }),
      figure: true,
      cell: (line) => (
        <b className={quiet(line)}>
          {formatAmount(line.chosen ? amountMinor(line, currency) : 0, currency)}
        </b>
      ),
      foot: (
        <DoubleRule>
          {formatAmount(sum(chosen.map((line) => amountMinor(line, currency))), currency)}
        </DoubleRule>
      ),
    },
  ];
  return (
    <Table<OrderLine>
      caption={t('title')}
      columns={columns.filter(({ key }) => roomy || (key !== 'why' && key !== 'cost'))}
      rows={lines}
      rowKey={({ advice }) => advice.product_id}
      below={(line) => isOther(line) && <OtherRisk line={line} />}
      instead={instead}
    />
  );
}
