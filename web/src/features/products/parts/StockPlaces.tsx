import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { locationsQuery } from '@/api/queries';
import { currencySign, formatAmount } from '@/format/money';
import { formatQuantity, unitSign } from '@/format/quantity';
import { extend, sum, thousandths } from '@/money/exact';
import { DoubleRule } from '@/ui/Money';
import { Section } from '@/ui/page';
import { ErrorState, NoRecords, Skeleton } from '@/ui/states';
import { Table, type Column } from '@/ui/Table';
import type { Product } from '../queries';

type Level = Schemas['StockLevel'];

/** Where it lies, and what it is worth there at its cost. */
export function StockPlaces({ product }: { product: Product }) {
  const { t } = useTranslation('products');
  const { data: locations } = useQuery(locationsQuery);
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['inventory', 'levels', 'product', product.id],
    queryFn: ({ signal }) =>
      ok(
        api.GET('/api/v1/inventory', {
          params: { query: { product_id: product.id, limit: 200 } },
          signal,
        }),
      ),
  });
  const levels = data?.items ?? [];
  const cost = product.cost_minor;
  const worth = (level: Level) => (cost === undefined ? 0 : extend(cost, level.on_hand, 1));
  const total = formatQuantity(sum(levels.map((level) => thousandths(level.on_hand))) / 1000);
  const columns: Column<Level>[] = [
    {
      key: 'place',
      head: t('place'),
      rowHead: true,
      cell: (level) => locations?.find(({ id }) => id === level.location_id)?.name ?? '–',
      foot: t('total'),
    },
    {
      key: 'quantity',
      head: unitSign(product.unit) || t('stock'),
      figure: true,
      cell: (level) => formatQuantity(level.on_hand),
      foot: total,
    },
  ];
  if (cost !== undefined) {
    columns.push({
      key: 'worth',
      head: t('at_cost', { sign: currencySign(product.currency) }),
      figure: true,
      cell: (level) => formatAmount(worth(level), product.currency),
      foot: <DoubleRule>{formatAmount(sum(levels.map(worth)), product.currency)}</DoubleRule>,
    });
  }
  return (
    <Section title={t('places')}>
      <Table<Level>
        caption={t('places')}
        rows={levels}
        rowKey={(level) => level.location_id}
        columns={columns}
        instead={
          isPending ? (
            <Skeleton rows={2} widths={[50, 25, 25]} />
          ) : error ? (
            <ErrorState error={error} onRetry={() => void refetch()} />
          ) : levels.length === 0 ? (
            <NoRecords title={t('nowhere')}>{t('nowhere_why')}</NoRecords>
          ) : undefined
        }
      />
    </Section>
  );
}
