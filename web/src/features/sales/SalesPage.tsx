import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useAddress } from '@/app/useAddress';
import { useMay } from '@/auth/useSession';
import { formatDay, dayMoment } from '@/format/dates';
import { useShop } from '@/shop/useShop';
import { Button, ButtonLink } from '@/ui/Button';
import { Filters } from '@/ui/Filters';
import { Figure } from '@/ui/Money';
import { lastDays, PeriodField, type Period } from '@/ui/figures';
import { Page, PageHeader, Tabs } from '@/ui/page';
import { SearchField } from '@/ui/SearchField';
import { ErrorState, NoRecords, NoResults, Refreshing, Skeleton } from '@/ui/states';
import { Strip } from '@/ui/Strip';
import { usePhone } from '@/ui/useMedia';
import { SaleDrawer } from './parts/SaleDrawer';
import { SaleFilters } from './parts/SaleFilters';
import { SaleRows, SaleTable } from './parts/SaleTable';
import { salesQuery, summaryQuery } from './queries';
import styles from './sales.module.css';
import { CLEARED, filterCount, isFiltered, isOnAllDays, queryOf, readAddress } from './view';

/** Every ticket: found by day, state or number, opened beside the list. */
export default function SalesPage() {
  const { t } = useTranslation(['sales', 'receipt']);
  const may = useMay();
  const phone = usePhone();
  const { get, set } = useAddress();
  const week = useMemo(() => lastDays(7), []);
  const address = readAddress(get, week);
  const open = get('vente');
  const list = useInfiniteQuery(salesQuery(queryOf(address)));
  const sales = list.data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = isFiltered(address);
  const openSale = (vente: string) => {
    set({ vente });
  };
  const clear = () => {
    set(CLEARED);
  };
  const instead = list.isPending ? (
    <Skeleton rows={12} widths={phone ? [65, 35] : [15, 10, 35, 15, 15, 10]} />
  ) : list.error && sales.length === 0 ? (
    <ErrorState error={list.error} onRetry={() => void list.refetch()} />
  ) : sales.length === 0 ? (
    filtered ? (
      <NoResults
        title={
          address.number
            ? t('no_number', { number: address.number })
            : address.q
              ? t('no_results_q', { q: address.q })
              : t('no_results')
        }
        onClear={clear}
      />
    ) : (
      <NoRecords
        title={t('none')}
        actions={may('sell') && <ButtonLink to="/caisse">{t('to_till')}</ButtonLink>}
      >
        {t('none_why')}
      </NoRecords>
    )
  ) : undefined;
  return (
    <Page>
      <PageHeader title={t('title')} counts={!may('readAllSales') && t('own_only')} />
      <Tabs
        label={t('views')}
        tabs={[
          { to: '/ventes', label: t('tickets'), current: true },
          { to: '/ventes/remboursements', label: t('refunds'), current: false },
        ]}
      />
      <div className={styles['period']}>
        <PeriodField
          value={address.period}
          onChange={({ from, to }) => {
            set({ du: from, au: to, numero: undefined });
          }}
        />
      </div>
      {may('readAnalytics') && !filtered && <PeriodStrip period={address.period} />}
      <div className={styles['filters']}>
        <SearchField
          label={t('search')}
          value={address.q || address.number}
          onChange={(q) => {
            set({ q, numero: undefined });
          }}
        />
        <Filters active={filterCount(address)}>
          <SaleFilters address={address} />
        </Filters>
        <Refreshing active={list.isFetching && !list.isPending && !list.isFetchingNextPage} />
      </div>
      {list.error && sales.length > 0 && (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      )}
      {phone ? (
        <SaleRows sales={sales} instead={instead} onOpen={openSale} />
      ) : (
        <SaleTable sales={sales} instead={instead} open={open} onOpen={openSale} />
      )}
      {sales.length > 0 && (
        <div className={styles['foot']}>
          <span>
            {t('shown', { count: sales.length })}
            {isOnAllDays(address) && `, ${t('on_all_days')}`}
          </span>
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
        <SaleDrawer
          id={open}
          onClose={() => {
            set({ vente: undefined });
          }}
        />
      )}
    </Page>
  );
}

/** What the period brought: one ruled row. */
function PeriodStrip({ period }: { period: Period }) {
  const { t } = useTranslation('sales');
  const { settings } = useShop();
  const { data, error, isPending } = useQuery(summaryQuery(period));
  const currency = settings?.currency ?? 'CDF';
  if (isPending) return <Skeleton rows={2} widths={[25, 25, 25, 25]} />;
  if (error) return null;
  const day = (date: string) => formatDay(dayMoment(date));
  const note =
    period.from === period.to
      ? day(period.from)
      : t('from_to', { from: day(period.from), to: day(period.to) });
  return (
    <Strip
      items={[
        {
          label: t('revenue'),
          value: <Figure minor={data.revenue_with_tax_minor} currency={currency} />,
          note,
        },
        {
          label: t('tickets'),
          value: String(data.sales),
          note: t('voided_apart'),
        },
        {
          label: t('basket'),
          value: <Figure minor={data.average_basket_with_tax_minor} currency={currency} />,
          note: t('per_ticket'),
        },
        {
          label: t('refunded'),
          value: <Figure minor={data.refunds_minor} currency={currency} />,
          note: t('refund_count', { count: data.refunds }),
        },
      ]}
    />
  );
}
