import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useAddress } from '@/app/useAddress';
import { useMay } from '@/auth/useSession';
import { formatMoment } from '@/format/dates';
import { Button } from '@/ui/Button';
import { FilterSelect } from '@/ui/marks';
import { Page, PageHeader } from '@/ui/page';
import { RowList } from '@/ui/RowList';
import { NoRecords, ErrorState, NoResults, Refreshing, Skeleton } from '@/ui/states';
import { Table } from '@/ui/Table';
import { usePhone } from '@/ui/useMedia';
import type { Entry } from './deeds';
import { Changes, useActorName, useDeedWords } from './parts/Deed';
import { UsersTabs } from './parts/UsersTabs';
import { auditQuery, usersQuery } from './queries';
import styles from './users.module.css';
import type fr from './words.fr';

const ENTITIES: readonly (keyof (typeof fr)['entity'])[] = [
  'sale',
  'product',
  'stock_document',
  'rate',
  'user',
  'session',
  'settings',
  'payment_account',
  'category',
  'location',
  'import',
  'anomaly',
  'job',
  'clock',
  'operation',
];

/** Who did what, when and from where. */
export default function AuditPage() {
  const { t } = useTranslation('users');
  const { t: common } = useTranslation();
  const may = useMay();
  const { get, set } = useAddress();
  const users = useQuery({ ...usersQuery, enabled: may('manageUsers') });
  const filter = { actor: get('qui'), entity: get('quoi'), from: get('du'), to: get('au') };
  const isFiltered = Object.values(filter).some(Boolean);
  const { data, error, isPending, isFetching, refetch, hasNextPage, fetchNextPage } =
    useInfiniteQuery(auditQuery(filter));
  const entries = data?.pages.flatMap((page) => page.items) ?? [];
  const clear = () => {
    set({ qui: undefined, quoi: undefined, du: undefined, au: undefined });
  };
  return (
    <Page>
      <PageHeader title={t('audit_title')} counts={t('audit_note')}>
        <UsersTabs current="audit" count={users.data?.length} />
      </PageHeader>
      <div className={styles['filters']}>
        <FilterSelect
          label={t('who')}
          value={filter.actor}
          options={[
            { value: '', label: t('everybody') },
            ...(users.data ?? []).map((user) => ({ value: user.id, label: user.name })),
          ]}
          onChange={(qui) => {
            set({ qui });
          }}
        />
        <FilterSelect
          label={t('on')}
          value={filter.entity}
          options={[
            { value: '', label: t('everything') },
            ...ENTITIES.map((value) => ({ value, label: t(`entity.${value}`) })),
          ]}
          onChange={(quoi) => {
            set({ quoi });
          }}
        />
        <label className={styles['day']}>
          {common('period.from')}
          <input
            type="date"
            value={filter.from}
            max={filter.to || undefined}
            onChange={(event) => {
              set({ du: event.target.value });
            }}
          />
        </label>
        <label className={styles['day']}>
          {common('period.to')}
          <input
            type="date"
            value={filter.to}
            min={filter.from || undefined}
            onChange={(event) => {
              set({ au: event.target.value });
            }}
          />
        </label>
        <Refreshing active={isFetching && !isPending} />
      </div>
      <Entries
        entries={entries}
        instead={
          isPending ? (
            <Skeleton rows={12} widths={[15, 20, 50, 15]} />
          ) : error && !data ? (
            <ErrorState error={error} onRetry={() => void refetch()} />
          ) : entries.length > 0 ? undefined : isFiltered ? (
            <NoResults title={t('audit_none')} onClear={clear} />
          ) : (
            <NoRecords title={t('audit_empty')}>{t('audit_empty_why')}</NoRecords>
          )
        }
      />
      {hasNextPage && (
        <p className={styles['more']}>
          <Button aria-busy={isFetching} onClick={() => void fetchNextPage()}>
            {common('action.more')}
          </Button>
        </p>
      )}
    </Page>
  );
}

function Entries({ entries, instead }: { entries: readonly Entry[]; instead: React.ReactNode }) {
  const { t } = useTranslation('users');
  const phone = usePhone();
  const words = useDeedWords();
  const nameOf = useActorName();
  const placeOf = (entry: Entry) => (entry.address === 'local' ? t('local') : entry.address);
  if (phone && !instead) {
    return (
      <RowList
        label={t('audit_title')}
        rows={entries.map((entry) => ({
          key: entry.id,
          title: (
            <>
              {nameOf(entry)} <span className={styles['did']}>{words(entry)}</span>
            </>
          ),
          note: (
            <>
              {formatMoment(entry.recorded_at)}, {placeOf(entry)} <Changes entry={entry} />
            </>
          ),
        }))}
      />
    );
  }
  return (
    <Table<Entry>
      caption={t('audit_title')}
      rows={entries}
      rowKey={(entry) => entry.id}
      columns={[
        {
          key: 'when',
          head: t('when'),
          quiet: true,
          cell: (entry) => (
            <time dateTime={entry.recorded_at} className={styles['moment']}>
              {formatMoment(entry.recorded_at)}
            </time>
          ),
        },
        { key: 'who', head: t('who'), rowHead: true, margin: true, cell: nameOf },
        {
          key: 'what',
          head: t('what'),
          cell: (entry) => (
            <>
              {words(entry)} <Changes entry={entry} />
            </>
          ),
        },
        { key: 'from', head: t('from_where'), quiet: true, figure: true, cell: placeOf },
      ]}
      instead={instead}
    />
  );
}
