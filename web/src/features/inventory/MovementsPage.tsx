import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { api, ok, type Schemas } from '@/api/client';
import { usePeople } from '@/api/people';
import { locationsQuery } from '@/api/queries';
import { useAddress } from '@/app/useAddress';
import { formatMoment } from '@/format/dates';
import { keepTogether } from '@/format/names';
import { formatQuantity } from '@/format/quantity';
import { Button } from '@/ui/Button';
import { Filters } from '@/ui/Filters';
import { DayField, FilterSelect } from '@/ui/marks';
import { Page, PageHeader } from '@/ui/page';
import { RowList } from '@/ui/RowList';
import { ErrorState, NoRecords, NoResults, Refreshing, Skeleton } from '@/ui/states';
import { Table, type Column } from '@/ui/Table';
import { useMedia, usePhone } from '@/ui/useMedia';
import styles from './inventory.module.css';
import {
  CLEARED,
  filterCount,
  KINDS,
  queryOf,
  readAddress,
  type MovementsAddress,
} from './movementsView';
import { StockDeeds, StockTabs } from './parts/StockTabs';

type Movement = Schemas['NamedMovement'];

/** The ledger of stock: who, why, before → after. Nothing in it is ever changed. */
export default function MovementsPage() {
  const { t } = useTranslation('inventory');
  const phone = usePhone();
  const { get, set } = useAddress();
  const address = readAddress(get);
  const query = queryOf(address);
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
  const active = filterCount(address);
  const columns = useColumns(new Set(movements.map((one) => one.location_id)).size > 1);
  const instead = list.isPending ? (
    <Skeleton rows={12} widths={phone ? [65, 35] : [15, 30, 15, 10, 10, 10, 10]} />
  ) : list.error && movements.length === 0 ? (
    <ErrorState error={list.error} onRetry={() => void list.refetch()} />
  ) : movements.length === 0 ? (
    active > 0 ? (
      <NoResults
        title={t('no_movements_filtered')}
        onClear={() => {
          set(CLEARED);
        }}
      />
    ) : (
      <NoRecords title={t('no_movements')}>{t('no_movements_why')}</NoRecords>
    )
  ) : undefined;
  return (
    <Page>
      <PageHeader title={t('title')} actions={<StockDeeds />} />
      <StockTabs current="/inventaire/mouvements" />
      <div className={styles['filters']}>
        <Filters active={active}>
          <LedgerFilters address={address} product={movements[0]?.product_name} />
        </Filters>
        <Refreshing active={list.isFetching && !list.isPending && !list.isFetchingNextPage} />
      </div>
      {phone && !instead ? (
        <RowList
          label={t('ledger')}
          rows={movements.map((movement) => ({
            key: movement.id,
            to: `/produits/${movement.product_id}`,
            title: keepTogether(movement.product_name),
            note: [
              t(`kinds.${movement.kind}`),
              formatMoment(movement.occurred_at),
              movement.actor_name?.split(' ')[0],
            ]
              .filter(Boolean)
              .join(' · '),
            figure: (
              <span className={movement.delta > 0 ? styles['in'] : undefined}>
                {formatQuantity(movement.delta, { signed: true })}
              </span>
            ),
            figureNote: t('left_after', { quantity: formatQuantity(movement.balance_after) }),
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

function LedgerFilters({
  address,
  product,
}: {
  address: MovementsAddress;
  /** The name of the one product that is shown, where it is only one. */
  product: string | undefined;
}) {
  const { t } = useTranslation('inventory');
  const { set } = useAddress();
  const { people } = usePeople();
  const { data: places } = useQuery(locationsQuery);
  return (
    <>
      <FilterSelect
        label={t('kind')}
        value={address.kind ?? ''}
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
          value={address.place}
          options={[
            { value: '', label: t('all_places') },
            ...(places ?? []).map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onChange={(lieu) => {
            set({ lieu });
          }}
        />
      )}
      {people.length > 1 && (
        <FilterSelect
          label={t('by')}
          value={address.person}
          options={[
            { value: '', label: t('everybody') },
            ...people.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onChange={(par) => {
            set({ par });
          }}
        />
      )}
      <DayField
        label={t('from_day')}
        value={address.from}
        max={address.to}
        onChange={(du) => {
          set({ du });
        }}
      />
      <DayField
        label={t('to_day')}
        value={address.to}
        min={address.from}
        onChange={(au) => {
          set({ au });
        }}
      />
      {address.document && (
        <Button
          look="link"
          onClick={() => {
            set({ bon: undefined });
          }}
        >
          {t('all_documents')}
        </Button>
      )}
      {address.product && (
        <Button
          look="link"
          onClick={() => {
            set({ article: undefined });
          }}
        >
          {t('all_products', { name: product ?? t('one_product') })}
        </Button>
      )}
    </>
  );
}

function useColumns(places: boolean): Column<Movement>[] {
  const { t } = useTranslation('inventory');
  const wide = useMedia('(min-width: 1024px)');
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
      cell: ({ product_id, product_name }) => (
        <Link href={`/produits/${product_id}`} className={styles['name']}>
          {keepTogether(product_name)}
        </Link>
      ),
    },
    { key: 'what', head: t('what'), cell: (movement) => <What movement={movement} /> },
    ...(places && wide
      ? [
          {
            key: 'place',
            head: t('place'),
            quiet: true,
            cell: ({ location_name }: Movement) => location_name,
          },
        ]
      : []),
    {
      key: 'by',
      head: t('by'),
      quiet: true,
      margin: true,
      cell: ({ actor_name }) => actor_name?.split(' ')[0] ?? '–',
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
      cell: ({ balance_after }) => <b>{formatQuantity(balance_after)}</b>,
    },
  ];
}

/** Why it moved, and the ticket or the paper behind it. */
function What({ movement }: { movement: Movement }) {
  const { t } = useTranslation('inventory');
  const { kind, reference, document_number: number, paper_reference: paper, reason } = movement;
  const isSale = kind === 'sale' || kind === 'void';
  const isPaper = kind === 'receipt' || kind === 'adjustment' || kind === 'count';
  return (
    <>
      {t(`kinds.${kind}`)}{' '}
      {isSale && reference !== null && (
        <Link href={`/ventes?vente=${reference}`}>
          {number === null ? t('see_ticket') : t('ticket', { number: formatQuantity(number) })}
        </Link>
      )}
      {kind === 'refund' &&
        number !== null &&
        t('refund_number', { number: formatQuantity(number) })}
      {(isPaper || kind === 'transfer') && reference !== null && (
        <Link href={`/inventaire/bons?bon=${reference}`}>
          {paper === null ? t('see_document') : t('paper', { number: paper })}
        </Link>
      )}
      {reason && <span className={styles['quiet']}>{reason}</span>}
    </>
  );
}
