import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { api, ok } from '@/api/client';
import { usePeople } from '@/api/people';
import { useAddress } from '@/app/useAddress';
import { formatMoment } from '@/format/dates';
import { currencySign, formatAmount, formatMoney } from '@/format/money';
import { useShop } from '@/shop/useShop';
import { Button } from '@/ui/Button';
import { lastDays, PeriodField } from '@/ui/figures';
import { Page, PageHeader, Tabs } from '@/ui/page';
import { RowList } from '@/ui/RowList';
import { ErrorState, NoRecords, Skeleton } from '@/ui/states';
import { Table } from '@/ui/Table';
import { usePhone } from '@/ui/useMedia';
import { shownNumber, useMethodWords } from './parts/words';
import type { Refund } from './queries';
import styles from './sales.module.css';
import { readAddress } from './view';

/** What came back, when and why; each leads to its ticket. */
export default function RefundsPage() {
  const { t } = useTranslation('sales');
  const phone = usePhone();
  const { settings } = useShop();
  const { nameOf } = usePeople();
  const words = useMethodWords();
  const { get, set } = useAddress();
  const month = useMemo(() => lastDays(28), []);
  const { period } = readAddress(get, month);
  const list = useInfiniteQuery({
    queryKey: ['refunds', period],
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET('/api/v1/refunds', {
          params: { query: { ...period, limit: 50, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const refunds: Refund[] = list.data?.pages.flatMap((page) => page.items) ?? [];
  const ways = (refund: Refund) => [...new Set(refund.payments.map(words))].join(', ');
  const currency = settings?.currency ?? 'CDF';
  const instead = list.isPending ? (
    <Skeleton rows={6} widths={phone ? [65, 35] : [10, 20, 40, 15, 15]} />
  ) : list.error && refunds.length === 0 ? (
    <ErrorState error={list.error} onRetry={() => void list.refetch()} />
  ) : refunds.length === 0 ? (
    <NoRecords title={t('no_refunds')}>{t('no_refunds_why')}</NoRecords>
  ) : undefined;
  return (
    <Page>
      <PageHeader title={t('refunds')} />
      <Tabs
        label={t('views')}
        tabs={[
          { to: '/ventes', label: t('tickets'), current: false },
          { to: '/ventes/remboursements', label: t('refunds'), current: true },
        ]}
      />
      <div className={styles['period']}>
        <PeriodField
          value={period}
          onChange={({ from, to }) => {
            set({ du: from, au: to });
          }}
        />
      </div>
      {phone && !instead ? (
        <RowList
          label={t('refunds')}
          rows={refunds.map((refund) => ({
            key: refund.id,
            to: `/ventes?vente=${refund.sale_id}`,
            title: refund.reason,
            note: `${shownNumber(refund.number)} · ${formatMoment(refund.occurred_at)}`,
            figure: formatMoney(refund.total_minor, currency),
            figureNote: ways(refund),
          }))}
        />
      ) : (
        <Table<Refund>
          caption={t('refunds')}
          rows={refunds}
          rowKey={(refund) => refund.id}
          instead={instead}
          columns={[
            {
              key: 'number',
              head: t('number'),
              cell: (refund) => (
                <Link href={`/ventes?vente=${refund.sale_id}`}>{shownNumber(refund.number)}</Link>
              ),
            },
            {
              key: 'when',
              head: t('when'),
              quiet: true,
              cell: (refund) => (
                <span className={styles['when']}>{formatMoment(refund.occurred_at)}</span>
              ),
            },
            { key: 'why', head: t('refund_reason'), rowHead: true, cell: ({ reason }) => reason },
            {
              key: 'by',
              head: t('by'),
              quiet: true,
              cell: (refund) => nameOf(refund.actor_id)?.split(' ')[0] ?? '–',
            },
            { key: 'way', head: t('paid_back'), quiet: true, cell: ways },
            {
              key: 'total',
              head: t('total_in', { sign: currencySign(currency) }),
              figure: true,
              cell: (refund) => formatAmount(refund.total_minor, currency),
            },
          ]}
        />
      )}
      {list.hasNextPage && (
        <div className={styles['foot']}>
          <span />
          <Button
            look="link"
            disabled={list.isFetchingNextPage}
            onClick={() => void list.fetchNextPage()}
          >
            {t('more')}
          </Button>
        </div>
      )}
    </Page>
  );
}
