import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { usePeople } from '@/api/people';
import { formatDate } from '@/format/dates';
import { currencySign, formatAmount } from '@/format/money';
import { Section } from '@/ui/page';
import { ErrorState, NoRecords, Skeleton } from '@/ui/states';
import { Table } from '@/ui/Table';
import { priceChanges, type PriceStep } from '../history';
import type { Product } from '../queries';
import styles from '../product.module.css';

const SHOWN = 8;

/** When the price changed, from what to what. Changes of the cost alone are no rows here. */
export function PriceHistory({ product }: { product: Product }) {
  const { t } = useTranslation('products');
  const { nameOf } = usePeople();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['products', 'prices', product.id],
    queryFn: ({ signal }) =>
      ok(
        api.GET('/api/v1/products/{id}/price-history', {
          params: { path: { id: product.id }, query: { limit: 200 } },
          signal,
        }),
      ),
  });
  const steps = data ? priceChanges(data.items as Schemas['PriceChange'][]) : [];
  const sign = currencySign(product.currency);
  return (
    <Section title={t('prices')} note={sign}>
      <Table<PriceStep>
        caption={t('prices')}
        rows={steps.slice(0, SHOWN)}
        rowKey={(step) => step.id}
        columns={[
          { key: 'when', head: t('since'), cell: (step) => formatDate(step.at) },
          {
            key: 'change',
            head: t('price_word'),
            figure: true,
            cell: (step) => (
              <>
                {step.beforeMinor !== undefined && (
                  <>
                    {formatAmount(step.beforeMinor, product.currency)}
                    <span className={styles['arrow']}> → </span>
                  </>
                )}
                <b>{formatAmount(step.priceMinor, product.currency)}</b>
              </>
            ),
          },
          {
            key: 'by',
            head: t('by'),
            quiet: true,
            figure: true,
            cell: (step) => nameOf(step.actorId)?.split(' ')[0] ?? '',
          },
        ]}
        instead={
          isPending ? (
            <Skeleton rows={2} widths={[40, 60]} />
          ) : error ? (
            <ErrorState error={error} onRetry={() => void refetch()} />
          ) : steps.length === 0 ? (
            <NoRecords title={t('no_prices')}>{t('no_prices_why')}</NoRecords>
          ) : undefined
        }
      />
    </Section>
  );
}
