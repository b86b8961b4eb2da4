import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { api, ok, type Schemas } from '@/api/client';
import { locationsQuery } from '@/api/queries';
import { formatMoment } from '@/format/dates';
import { formatQuantity, formatWithUnit, isMeasured, unitSign } from '@/format/quantity';
import { Button } from '@/ui/Button';
import { Section } from '@/ui/page';
import { RowList } from '@/ui/RowList';
import { ErrorState, NoRecords, Skeleton } from '@/ui/states';
import { Table, type Column } from '@/ui/Table';
import { usePhone } from '@/ui/useMedia';
import styles from '../product.module.css';
import type { Product } from '../queries';
import { NONE } from './figures';

type Movement = Schemas['NamedMovement'];

/** The ledger of one product: words left of the margin rule, figures right of it. */
export function Movements({ product }: { product: Product }) {
  const { t } = useTranslation('products');
  const list = useInfiniteQuery({
    queryKey: ['inventory', 'movements', 'product', product.id],
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET('/api/v1/products/{id}/movements', {
          params: {
            path: { id: product.id },
            query: { limit: 20, ...(pageParam && { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const columns = useColumns(product);
  const phone = usePhone();
  return (
    <Section
      title={t('ledger')}
      note={unitSign(product.unit) && t('in_unit', { unit: unitSign(product.unit) })}
      action={
        <Link href={`/inventaire/mouvements?article=${product.id}`}>{t('ledger_filter')}</Link>
      }
    >
      {phone && rows.length > 0 ? (
        <RowList
          label={t('ledger')}
          rows={rows.map((movement) => ({
            key: movement.id,
            title: t(`kinds.${movement.kind}`),
            note: [formatMoment(movement.occurred_at), movement.reason].filter(Boolean).join(' · '),
            figure: (
              <span className={movement.delta > 0 ? styles['in'] : undefined}>
                {formatQuantity(movement.delta, { signed: true })}
              </span>
            ),
            figureNote: t('left', {
              quantity: formatWithUnit(movement.balance_after, product.unit),
            }),
            ...(isOfSale(movement) && { to: `/ventes?vente=${movement.reference ?? ''}` }),
          }))}
        />
      ) : (
        <Table<Movement>
          caption={t('ledger')}
          columns={columns}
          rows={rows}
          rowKey={(movement) => movement.id}
          instead={
            list.isPending ? (
              <Skeleton rows={8} widths={[20, 30, 15, 15, 20]} />
            ) : list.error && rows.length === 0 ? (
              <ErrorState error={list.error} onRetry={() => void list.refetch()} />
            ) : rows.length === 0 ? (
              <NoRecords title={t('never_moved')}>{t('never_moved_why')}</NoRecords>
            ) : undefined
          }
        />
      )}
      {list.hasNextPage && (
        <div className={styles['more']}>
          <Button
            look="link"
            disabled={list.isFetchingNextPage}
            onClick={() => void list.fetchNextPage()}
          >
            {t('more')}
          </Button>
        </div>
      )}
    </Section>
  );
}

function useColumns(product: Product): Column<Movement>[] {
  const { t } = useTranslation('products');
  const { data: places } = useQuery(locationsQuery);
  // Padded inside a ledger only: digits stay under digits.
  const pad = isMeasured(product.unit) ? { pad: 2 } : {};
  const figure = (value: number) => formatQuantity(value, pad);
  const moved = (movement: Movement, direction: 1 | -1) =>
    Math.sign(movement.delta) === direction ? figure(Math.abs(movement.delta)) : '';
  const by: Column<Movement> = {
    key: 'by',
    head: t('by'),
    quiet: true,
    margin: true,
    cell: (movement) => movement.actor_name?.split(' ')[0] ?? NONE,
  };
  const before: Column<Movement>[] = [
    {
      key: 'before',
      head: t('before'),
      figure: true,
      quiet: true,
      cell: (movement) => (
        <>
          {figure(Math.round((movement.balance_after - movement.delta) * 1000) / 1000)}
          <span className={styles['arrow']}> →</span>
        </>
      ),
    },
  ];
  return [
    {
      key: 'when',
      head: t('when'),
      quiet: true,
      cell: (movement) => (
        <span className={styles['what']}>{formatMoment(movement.occurred_at)}</span>
      ),
    },
    {
      key: 'what',
      head: t('what'),
      cell: (movement) => <What movement={movement} />,
    },
    ...((places?.length ?? 0) > 1
      ? [
          {
            key: 'place',
            head: t('place'),
            quiet: true,
            cell: (movement: Movement) => movement.location_name,
          },
        ]
      : []),
    by,
    {
      key: 'in',
      head: t('in'),
      figure: true,
      cell: (movement) => <span className={styles['in']}>{moved(movement, 1)}</span>,
    },
    { key: 'out', head: t('out'), figure: true, cell: (movement) => moved(movement, -1) },
    ...before,
    {
      key: 'after',
      head: t('after'),
      figure: true,
      cell: (movement) => <b>{figure(movement.balance_after)}</b>,
    },
  ];
}

/** Movements of a sale carry its id; those of other documents have no page to lead to. */
const isOfSale = ({ kind, reference }: Movement) =>
  reference !== null && (kind === 'sale' || kind === 'void');

function What({ movement }: { movement: Movement }) {
  const { t } = useTranslation('products');
  return (
    <span className={styles['what']}>
      <b>{t(`kinds.${movement.kind}`)}</b>
      {isOfSale(movement) && (
        <>
          {' '}
          <Link href={`/ventes?vente=${movement.reference ?? ''}`}>
            {movement.document_number === null
              ? t('see')
              : t('ticket', { number: formatQuantity(movement.document_number) })}
          </Link>
        </>
      )}
      {movement.paper_reference !== null && (
        <>
          {' '}
          <Link href={`/inventaire/bons?bon=${movement.reference ?? ''}`}>
            {t('paper', { number: movement.paper_reference })}
          </Link>
        </>
      )}
      {movement.reason && <span className={styles['reason']}>{movement.reason}</span>}
    </span>
  );
}
