import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useAddress } from '@/app/useAddress';
import { api, ok } from '@/api/client';
import { formatQuantity } from '@/format/quantity';
import { useShop } from '@/shop/useShop';
import { Button } from '@/ui/Button';
import { cx } from '@/ui/cx';
import { Notice } from '@/ui/Notice';
import { ErrorState, NoResults, Skeleton } from '@/ui/states';
import type { Import, RowState } from './api';
import { CommitPanel } from './CommitPanel';
import { IssueSentence } from './IssueSentence';
import styles from './imports.module.css';
import { RowsTable } from './RowsTable';

const STATES: readonly RowState[] = ['new', 'changed', 'unchanged', 'error'];

/** Row by row: what would change, old and new, and every error in its cell, set right in place. */
export function CheckStep({ found }: { found: Import }) {
  const { t } = useTranslation('imports');
  const { t: common } = useTranslation();
  const { get, set } = useAddress();
  const { settings } = useShop();
  const { counts } = found;
  const first = counts.error > 0 ? 'error' : undefined;
  const word = get('lignes');
  const state = word === 'toutes' ? undefined : (STATES.find((one) => one === word) ?? first);
  const rows = useInfiniteQuery({
    queryKey: ['imports', found.id, 'rows', state ?? ''],
    queryFn: ({ signal, pageParam }) =>
      ok(
        api.GET('/api/v1/imports/{id}/rows', {
          params: {
            path: { id: found.id },
            query: { limit: 50, ...(state && { state }), ...(pageParam && { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const shown = rows.data?.pages.flatMap((page) => page.items) ?? [];
  const all = counts.new + counts.changed + counts.unchanged + counts.error;
  const total = state ? counts[state] : all;
  const tab = (to: RowState | undefined, label: string, count: number, note: string) => (
    <Link
      href={`/import/${found.id}/verification?lignes=${to ?? 'toutes'}`}
      replace
      aria-current={state === to ? 'true' : undefined}
    >
      <span>{label}</span>
      <b className={cx(to === 'error' && count > 0 && styles['bad'])}>{formatQuantity(count)}</b>
      <small>{note}</small>
    </Link>
  );
  return (
    <div className={styles['check']}>
      <div>
        <nav className={styles['counts']} aria-label={t('step.verification')}>
          {tab(undefined, t('rows.all'), all, t('row_note.all'))}
          {tab('new', t('rows.new'), counts.new, t('row_note.new'))}
          {tab('changed', t('rows.changed'), counts.changed, t('row_note.changed'))}
          {tab('unchanged', t('rows.unchanged'), counts.unchanged, t('row_note.unchanged'))}
          {tab('error', t('rows.error'), counts.error, t('row_note.error'))}
          <div>
            <span>{t('rows.warning')}</span>
            <b>{formatQuantity(counts.warning)}</b>
            <small>{t('row_note.warning')}</small>
          </div>
        </nav>
        {found.issues.map((issue) => (
          <Notice key={issue.code + issue.column} title={t('of_the_file')}>
            <IssueSentence issue={issue} />
          </Notice>
        ))}
        {rows.isPending ? (
          <Skeleton rows={9} widths={[6, 10, 12, 40, 16, 16]} />
        ) : rows.error && !rows.data ? (
          <ErrorState error={rows.error} onRetry={() => void rows.refetch()} />
        ) : shown.length === 0 ? (
          <NoResults
            title={t('no_rows')}
            onClear={() => {
              set({ lignes: 'toutes' });
            }}
          />
        ) : (
          <>
            <RowsTable found={found} rows={shown} currency={settings?.currency ?? 'CDF'} />
            <p className={styles['shown']}>
              {t('rows_shown', {
                shown: formatQuantity(shown.length),
                all: formatQuantity(total),
              })}
              {rows.hasNextPage && (
                <Button
                  look="link"
                  disabled={rows.isFetchingNextPage}
                  onClick={() => void rows.fetchNextPage()}
                >
                  {common('action.more')}
                </Button>
              )}
            </p>
          </>
        )}
      </div>
      <CommitPanel found={found} currency={settings?.currency ?? 'CDF'} />
    </div>
  );
}
