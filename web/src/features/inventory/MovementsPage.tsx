import { useInfiniteQuery, useQueries, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { api, ok, type Schemas } from '@/api/client';
import { usePeople } from '@/api/people';
import { locationsQuery } from '@/api/queries';
import { useAddress } from '@/app/useAddress';
import { formatMoment } from '@/format/dates';
import { keepTogether } from '@/format/names';
import { formatQuantity, formatWithUnit, unitSign } from '@/format/quantity';
import { Button } from '@/ui/Button';
import { FilterSelect } from '@/ui/marks';
import { Page, PageHeader } from '@/ui/page';
import { RowList } from '@/ui/RowList';
import { ErrorState, NoRecords, NoResults, Refreshing, Skeleton } from '@/ui/states';
import { Table, type Column } from '@/ui/Table';
import { usePhone } from '@/ui/useMedia';
import styles from './inventory.module.css';
import { StockDeeds, StockTabs } from './parts/StockTabs';

type Movement = Schemas['Movement'];
type Product = Schemas['Product'];

const KINDS = [
  'opening',
  'receipt',
  'sale',
  'refund',
  'void',
  'adjustment',
  'count',
  'transfer',
  'import',
] as const satisfies Movement['kind'][];

/** The ledger of stock: who, why, before → after. Nothing in it is ever changed. */
export default function MovementsPage() {
  const { t } = useTranslation('inventory');
  const phone = usePhone();
  const { get, set } = useAddress();
  const { data: places } = useQuery(locationsQuery);
  const [product, place] = [get('article'), get('lieu')];
  const kind = KINDS.find((known) => known === get('genre'));
  const query = {
    limit: 50,
    ...(product && { product_id: product }),
    ...(place && { location_id: place }),
    ...(kind && { kind }),
  };
  const list = useInfiniteQuery({
    queryKey: ['inventory', 'movements', query],
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET('/api/v1/inventory/movements', {
          params: { query: { ...query, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const movements = list.data?.pages.flatMap((page) => page.items) ?? [];
  const products = useProducts(movements.map(({ product_id }) => product_id));
  const filtered = product !== '' || place !== '' || kind !== undefined;
  const columns = useColumns(products, places ?? []);
  const clear = () => {
    set({ article: undefined, lieu: undefined, genre: undefined });
  };
  const instead = list.isPending ? (
    <Skeleton rows={12} widths={phone ? [65, 35] : [15, 30, 15, 10, 10, 10, 10]} />
  ) : list.error && movements.length === 0 ? (
    <ErrorState error={list.error} onRetry={() => void list.refetch()} />
  ) : movements.length === 0 ? (
    filtered ? (
      <NoResults title={t('no_movements_filtered')} onClear={clear} />
    ) : (
      <NoRecords title={t('no_movements')}>{t('no_movements_why')}</NoRecords>
    )
  ) : undefined;
  return (
    <Page>
      <PageHeader title={t('title')} actions={<StockDeeds />} />
      <StockTabs current="/inventaire/mouvements" />
      <div className={styles['filters']}>
        <FilterSelect
          label={t('kind')}
          value={kind ?? ''}
          options={[
            { value: '', label: t('all_kinds') },
            ...KINDS.map((value) => ({ value, label: t(`kinds.${value}`) })),
          ]}
          onChange={(genre) => {
            set({ genre });
          }}
        />
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
        {product && (
          <Button
            look="link"
            onClick={() => {
              set({ article: undefined });
            }}
          >
            {t('all_products', { name: products.get(product)?.name ?? t('one_product') })}
          </Button>
        )}
        <Refreshing active={list.isFetching && !list.isPending && !list.isFetchingNextPage} />
      </div>
      {phone && !instead ? (
        <RowList
          label={t('ledger')}
          rows={movements.map((movement) => ({
            key: movement.id,
            to: `/produits/${movement.product_id}`,
            title: keepTogether(products.get(movement.product_id)?.name ?? '…'),
            note: `${t(`kinds.${movement.kind}`)} · ${formatMoment(movement.occurred_at)}`,
            figure: (
              <span className={movement.delta > 0 ? styles['in'] : undefined}>
                {formatQuantity(movement.delta, { signed: true })}
              </span>
            ),
            figureNote: t('left_after', {
              quantity: formatWithUnit(
                movement.balance_after,
                products.get(movement.product_id)?.unit ?? '',
              ),
            }),
          }))}
        />
      ) : (
        <Table<Movement>
          caption={t('ledger')}
          columns={columns}
          rows={movements}
          rowKey={({ id }) => id}
          instead={instead}
        />
      )}
      {movements.length > 0 && (
        <div className={styles['foot']}>
          <span>{t('movements_shown', { count: movements.length })}</span>
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

/** The products of these movements: the ledger names them by id only. Each is read once. */
function useProducts(ids: readonly string[]): ReadonlyMap<string, Product> {
  const wanted = [...new Set(ids)];
  return useQueries({
    queries: wanted.map((id) => ({
      queryKey: ['products', 'one', id],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        ok(api.GET('/api/v1/products/{id}', { params: { path: { id } }, signal })),
      staleTime: 5 * 60_000,
    })),
    combine: (results) =>
      new Map(results.flatMap(({ data }) => (data ? [[data.id, data] as const] : []))),
  });
}

function useColumns(
  products: ReadonlyMap<string, Product>,
  places: readonly Schemas['Location'][],
): Column<Movement>[] {
  const { t } = useTranslation('inventory');
  const { nameOf } = usePeople();
  const unit = (movement: Movement) =>
    unitSign(products.get(movement.product_id)?.unit ?? '') || '\u00a0';
  const moved = (movement: Movement, direction: 1 | -1) =>
    Math.sign(movement.delta) === direction ? formatQuantity(Math.abs(movement.delta)) : '';
  return [
    {
      key: 'when',
      head: t('when'),
      quiet: true,
      cell: ({ occurred_at }) => (
        <span className={styles['when']}>{formatMoment(occurred_at)}</span>
      ),
    },
    {
      key: 'product',
      head: t('product'),
      rowHead: true,
      cell: ({ product_id }) => (
        <Link href={`/produits/${product_id}`} className={styles['name']}>
          {keepTogether(products.get(product_id)?.name ?? '…')}
        </Link>
      ),
    },
    { key: 'what', head: t('what'), cell: (movement) => <What movement={movement} /> },
    ...(places.length > 1
      ? [
          {
            key: 'place',
            head: t('place'),
            quiet: true,
            cell: ({ location_id }: Movement) =>
              places.find(({ id }) => id === location_id)?.name ?? '–',
          },
        ]
      : []),
    {
      key: 'by',
      head: t('by'),
      quiet: true,
      margin: true,
      cell: ({ actor }) => nameOf(actor)?.split(' ')[0] ?? '–',
    },
    {
      key: 'in',
      head: t('in'),
      figure: true,
      cell: (movement) => <span className={styles['in']}>{moved(movement, 1)}</span>,
    },
    { key: 'out', head: t('out'), figure: true, cell: (movement) => moved(movement, -1) },
    {
      key: 'before',
      head: t('before'),
      figure: true,
      quiet: true,
      cell: ({ balance_after, delta }) =>
        `${formatQuantity(Math.round((balance_after - delta) * 1000) / 1000)} →`,
    },
    {
      key: 'after',
      head: t('after'),
      figure: true,
      cell: (movement) => (
        <>
          <b>{formatQuantity(movement.balance_after)}</b>
          <span className={styles['unit']}>{unit(movement)}</span>
        </>
      ),
    },
  ];
}

function What({ movement }: { movement: Movement }) {
  const { t } = useTranslation('inventory');
  const toSale = movement.reference !== null && ['sale', 'void'].includes(movement.kind);
  return (
    <>
      {t(`kinds.${movement.kind}`)}
      {toSale && (
        <>
          {' '}
          <Link href={`/ventes?vente=${movement.reference ?? ''}`}>{t('see_ticket')}</Link>
        </>
      )}
      {movement.reason && <span className={styles['quiet']}>{movement.reason}</span>}
    </>
  );
}
