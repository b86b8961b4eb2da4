import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { usePeople } from '@/api/people';
import { useAddress } from '@/app/useAddress';
import { formatMoment } from '@/format/dates';
import { formatQuantity } from '@/format/quantity';
import { Button } from '@/ui/Button';
import { Filters } from '@/ui/Filters';
import { DayField, FilterSelect } from '@/ui/marks';
import { Page, PageHeader } from '@/ui/page';
import { RowList } from '@/ui/RowList';
import { ErrorState, NoRecords, NoResults, Refreshing, Skeleton } from '@/ui/states';
import { Table } from '@/ui/Table';
import { usePhone } from '@/ui/useMedia';
import styles from './inventory.module.css';
import { CLEARED, readAddress } from './movementsView';
import { DocumentDrawer } from './parts/DocumentDrawer';
import { StockDeeds, StockTabs } from './parts/StockTabs';

type Document = Schemas['StockDocument'];

const KINDS = ['receipt', 'adjustment', 'count', 'transfer'] as const satisfies Document['kind'][];

/** The papers of the stock: who received, corrected, counted or moved what, from whom, when. */
export default function DocumentsPage() {
  const { t } = useTranslation('inventory');
  const phone = usePhone();
  const { get, set } = useAddress();
  const { people } = usePeople();
  const { person, from, to, document: open } = readAddress(get);
  const kind = KINDS.find((known) => known === get('genre'));
  const query = {
    limit: 50,
    ...(kind && { kind }),
    ...(person && { actor_id: person }),
    ...(from && { from }),
    ...(to && { to }),
  };
  const list = useInfiniteQuery({
    queryKey: ['inventory', 'documents', query],
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET('/api/v1/inventory/documents', {
          params: { query: { ...query, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const documents = list.data?.pages.flatMap((page) => page.items) ?? [];
  const active = Object.keys(query).length - 1;
  const nameOf = (one: Document) => one.supplier ?? one.reason ?? t(`kinds.${one.kind}`);
  const show = (bon: string | undefined) => {
    set({ bon });
  };
  const instead = list.isPending ? (
    <Skeleton rows={10} widths={phone ? [65, 35] : [15, 15, 30, 15, 15, 10]} />
  ) : list.error && documents.length === 0 ? (
    <ErrorState error={list.error} onRetry={() => void list.refetch()} />
  ) : documents.length === 0 ? (
    active > 0 ? (
      <NoResults
        title={t('no_documents_filtered')}
        onClear={() => {
          set(CLEARED);
        }}
      />
    ) : (
      <NoRecords title={t('no_documents')}>{t('no_documents_why')}</NoRecords>
    )
  ) : undefined;
  return (
    <Page>
      <PageHeader title={t('title')} actions={<StockDeeds />} />
      <StockTabs current="/inventaire/bons" />
      <div className={styles['filters']}>
        <Filters active={active}>
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
          {people.length > 1 && (
            <FilterSelect
              label={t('by')}
              value={person}
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
            value={from}
            max={to}
            onChange={(du) => {
              set({ du });
            }}
          />
          <DayField
            label={t('to_day')}
            value={to}
            min={from}
            onChange={(au) => {
              set({ au });
            }}
          />
        </Filters>
        <Refreshing active={list.isFetching && !list.isPending && !list.isFetchingNextPage} />
      </div>
      {phone && !instead ? (
        <RowList
          label={t('documents')}
          rows={documents.map((one) => ({
            key: one.id,
            title: nameOf(one),
            note: `${t(`kinds.${one.kind}`)} · ${formatMoment(one.occurred_at)}`,
            figure: one.reference ?? '',
            figureNote: t('line_count', { count: one.movements_count }),
            onOpen: () => {
              show(one.id);
            },
          }))}
        />
      ) : (
        <Table<Document>
          caption={t('documents')}
          rows={documents}
          rowKey={({ id }) => id}
          selected={({ id }) => id === open}
          instead={instead}
          columns={[
            {
              key: 'when',
              head: t('when'),
              quiet: true,
              cell: (one) => (
                <span className={styles['when']}>{formatMoment(one.occurred_at)}</span>
              ),
            },
            {
              key: 'kind',
              head: t('what'),
              rowHead: true,
              cell: (one) => (
                <button
                  type="button"
                  className={styles['document']}
                  aria-haspopup="dialog"
                  onClick={() => {
                    show(one.id);
                  }}
                >
                  {t(`kinds.${one.kind}`)}
                </button>
              ),
            },
            {
              key: 'whose',
              head: t('supplier_or_reason'),
              cell: (one) => [one.supplier, one.reason].filter(Boolean).join(' · ') || '–',
            },
            { key: 'paper', head: t('paper_number'), cell: (one) => one.reference ?? '–' },
            {
              key: 'by',
              head: t('by'),
              quiet: true,
              cell: (one) => one.actor_name?.split(' ')[0] ?? '–',
            },
            {
              key: 'lines',
              head: t('movements'),
              figure: true,
              cell: (one) => formatQuantity(one.movements_count),
            },
          ]}
        />
      )}
      {documents.length > 0 && (
        <div className={styles['foot']}>
          <span>{t('documents_shown', { count: documents.length })}</span>
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
      {open && (
        <DocumentDrawer
          id={open}
          onClose={() => {
            show(undefined);
          }}
        />
      )}
    </Page>
  );
}
