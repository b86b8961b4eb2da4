import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { api, ok, type Schemas } from '@/api/client';
import { locationsQuery } from '@/api/queries';
import { useAddress } from '@/app/useAddress';
import { keepTogether } from '@/format/names';
import { formatWithUnit } from '@/format/quantity';
import { Button } from '@/ui/Button';
import { FilterSelect } from '@/ui/marks';
import { Page, PageHeader } from '@/ui/page';
import { RowList } from '@/ui/RowList';
import { ErrorState, NoRecords, NoResults, Refreshing, Skeleton } from '@/ui/states';
import { Table } from '@/ui/Table';
import { usePhone } from '@/ui/useMedia';
import styles from './inventory.module.css';
import { StockDeeds, StockTabs } from './parts/StockTabs';

type Level = Schemas['StockLevel'];

const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/;

/** What lies where, now or at any past moment. */
export default function LevelsPage() {
  const { t } = useTranslation('inventory');
  const phone = usePhone();
  const { get, set } = useAddress();
  const { data: places } = useQuery(locationsQuery);
  const place = get('lieu');
  const at = MOMENT.test(get('a')) ? get('a') : '';
  const query = {
    limit: 100,
    ...(place && { location_id: place }),
    ...(at && { as_of: new Date(at).toISOString() }),
  };
  const list = useInfiniteQuery({
    queryKey: ['inventory', 'levels', query],
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET('/api/v1/inventory', {
          params: { query: { ...query, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const levels = list.data?.pages.flatMap((page) => page.items) ?? [];
  const placeName = (level: Level) =>
    places?.find(({ id }) => id === level.location_id)?.name ?? '–';
  const filtered = place !== '' || at !== '';
  const instead = list.isPending ? (
    <Skeleton rows={12} widths={phone ? [65, 35] : [45, 15, 20, 20]} />
  ) : list.error && levels.length === 0 ? (
    <ErrorState error={list.error} onRetry={() => void list.refetch()} />
  ) : levels.length === 0 ? (
    filtered ? (
      <NoResults
        title={t('no_levels_filtered')}
        onClear={() => {
          set({ lieu: undefined, a: undefined });
        }}
      />
    ) : (
      <NoRecords title={t('no_levels')} actions={<StockDeeds />}>
        {t('no_levels_why')}
      </NoRecords>
    )
  ) : undefined;
  return (
    <Page>
      <PageHeader title={t('title')} actions={<StockDeeds />} />
      <StockTabs current="/inventaire" />
      <div className={styles['filters']}>
        {(places?.length ?? 0) > 1 && (
          <FilterSelect
            label={t('place')}
            value={place}
            options={[
              { value: '', label: t('all_places') },
              ...(places ?? []).map(({ id, name }) => ({ value: id, label: name })),
            ]}
            onChange={(lieu) => {
              set({ lieu });
            }}
          />
        )}
        <label className={styles['moment']}>
          <span>{t('as_of')}</span>
          <input
            type="datetime-local"
            value={at}
            onChange={(event) => {
              set({ a: event.target.value.slice(0, 16) });
            }}
          />
        </label>
        <Refreshing active={list.isFetching && !list.isPending && !list.isFetchingNextPage} />
      </div>
      {phone && !instead ? (
        <RowList
          label={t('levels')}
          rows={levels.map((level) => ({
            key: `${level.product_id}-${level.location_id}`,
            to: `/produits/${level.product_id}`,
            title: keepTogether(level.name),
            note: `${placeName(level)} · ${level.sku}`,
            figure: formatWithUnit(level.on_hand, level.unit),
          }))}
        />
      ) : (
        <Table<Level>
          caption={t('levels')}
          rows={levels}
          rowKey={(level) => `${level.product_id}-${level.location_id}`}
          instead={instead}
          columns={[
            {
              key: 'product',
              head: t('product'),
              rowHead: true,
              cell: (level) => (
                <Link href={`/produits/${level.product_id}`} className={styles['name']}>
                  {keepTogether(level.name)}
                </Link>
              ),
            },
            { key: 'sku', head: t('sku'), quiet: true, cell: (level) => level.sku },
            { key: 'place', head: t('place'), margin: true, cell: placeName },
            {
              key: 'quantity',
              head: t('quantity'),
              figure: true,
              cell: (level) => (
                <span className={level.on_hand < 0 ? styles['wrong'] : undefined}>
                  {formatWithUnit(level.on_hand, level.unit)}
                </span>
              ),
            },
          ]}
        />
      )}
      {levels.length > 0 && (
        <div className={styles['foot']}>
          <span>{t('levels_shown', { count: levels.length })}</span>
          {list.hasNextPage && (
            <Button
              look="link"
              disabled={list.isFetchingNextPage}
              onClick={() => void list.fetchNextPage()}
            >
              {t('more')}
            </Button>
          )}
        </div>
      )}
    </Page>
  );
}
