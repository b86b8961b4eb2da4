import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { api, ok, type Schemas } from '@/api/client';
import { formatMoment } from '@/format/dates';
import { currencySign, formatAmount } from '@/format/money';
import { keepTogether } from '@/format/names';
import { formatQuantity } from '@/format/quantity';
import { extend, sum } from '@/money/exact';
import { useShop } from '@/shop/useShop';
import { Details } from '@/ui/Details';
import { Drawer } from '@/ui/Dialog';
import { DoubleRule } from '@/ui/Money';
import { ErrorState, Skeleton } from '@/ui/states';
import { Table, type Column } from '@/ui/Table';
import styles from '../inventory.module.css';

type Document = Schemas['FullDocument'];
type Line = Document['movements'][number];

/** One paper beside the list: whose it is, and what it moved. */
export function DocumentDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation('inventory');
  const { data, error, refetch } = useQuery({
    queryKey: ['inventory', 'document', id],
    queryFn: ({ signal }) =>
      ok(api.GET('/api/v1/inventory/documents/{id}', { params: { path: { id } }, signal })),
  });
  return (
    <Drawer
      title={data ? t(`kinds.${data.kind}`) : t('document')}
      opened
      onClose={onClose}
      size={620}
    >
      {data ? (
        <Shown document={data} />
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton rows={6} widths={[60, 40]} />
      )}
    </Drawer>
  );
}

function Shown({ document }: { document: Document }) {
  const { t } = useTranslation('inventory');
  const { settings } = useShop();
  const currency = settings?.currency ?? 'CDF';
  const { movements } = document;
  const facts = [
    { label: t('when'), value: formatMoment(document.occurred_at) },
    { label: t('by'), value: document.actor_name },
    { label: t('supplier'), value: document.supplier },
    { label: t('paper_number'), value: document.reference },
    { label: t('reason'), value: document.reason },
    {
      label: t('place'),
      value: [...new Set(movements.map((line) => line.location_name))].join(', '),
    },
  ].filter(({ value }) => value);
  const hasCosts = movements.some((line) => line.unit_cost_minor !== null);
  const worth = (line: Line) =>
    line.unit_cost_minor === null ? 0 : extend(line.unit_cost_minor, line.delta, 1);
  const costs: Column<Line>[] = hasCosts
    ? [
        {
          key: 'cost',
          head: t('unit_cost', { sign: currencySign(currency) }),
          figure: true,
          cell: ({ unit_cost_minor: cost }) => (cost === null ? '–' : formatAmount(cost, currency)),
        },
        {
          key: 'amount',
          head: t('amount', { sign: currencySign(currency) }),
          figure: true,
          cell: (line) =>
            line.unit_cost_minor === null ? '–' : formatAmount(worth(line), currency),
          foot: <DoubleRule>{formatAmount(sum(movements.map(worth)), currency)}</DoubleRule>,
        },
      ]
    : [];
  return (
    <>
      <Details items={facts} />
      <Table<Line>
        caption={t('movements')}
        rows={movements}
        rowKey={({ id }) => id}
        columns={[
          {
            key: 'product',
            head: t('product'),
            rowHead: true,
            cell: (line) => (
              <Link href={`/produits/${line.product_id}`} className={styles['name']}>
                {keepTogether(line.product_name)}
              </Link>
            ),
            ...(hasCosts && { foot: t('total') }),
          },
          {
            key: 'quantity',
            head: t('quantity'),
            figure: true,
            cell: (line) => (
              <span className={line.delta > 0 ? styles['in'] : undefined}>
                {formatQuantity(line.delta, { signed: true })}
              </span>
            ),
          },
          ...costs,
          {
            key: 'after',
            head: t('after'),
            figure: true,
            quiet: true,
            cell: (line) => formatQuantity(line.balance_after),
          },
        ]}
      />
      {document.movements_count > movements.length && (
        <p className={styles['foot']}>
          <Link href={`/inventaire/mouvements?bon=${document.id}`}>
            {t('all_lines', { count: document.movements_count })}
          </Link>
        </p>
      )}
    </>
  );
}
