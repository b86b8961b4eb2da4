import { IconPrinter } from '@tabler/icons-react';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { setBadge } from '@/app/badges';
import { currencySign } from '@/format/money';
import { useShop } from '@/shop/useShop';
import { Button } from '@/ui/Button';
import { PeriodField } from '@/ui/figures';
import { FilterSelect } from '@/ui/marks';
import { Notice } from '@/ui/Notice';
import { Page, PageHeader, Section } from '@/ui/page';
import { Age, ErrorState, Offline, Skeleton } from '@/ui/states';
import { asProblem, problemSentence } from '@/api/problem';
import { usePhone } from '@/ui/useMedia';
import styles from './dashboard.module.css';
import { Earners, StockValue } from './Earners';
import { PageLink } from './PageLink';
import { COMPARES, daysIn, GIVEN_DAYS, type Dashboard } from './periods';
import { PeriodStrip } from './PeriodStrip';
import { compareQuery, dashboardQuery, daysQuery, todayQuery } from './queries';
import { Received } from './Received';
import { Review } from './Review';
import { SalesChart } from './SalesChart';
import { Shortages } from './Shortages';
import { usePeriod } from './usePeriod';

/** What the owner reads: how the period went, what runs out, what looks wrong, where the money is. */
export default function DashboardPage() {
  const { t } = useTranslation('dashboard');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const { period, yesterday, today, set, compare, setCompare } = usePeriod();
  const { settings } = useShop();
  const unit = currencySign(settings?.currency ?? 'CDF');
  const isLong = daysIn(period) > GIVEN_DAYS;
  const screen = useQuery({ ...dashboardQuery(period), placeholderData: keepPreviousData });
  const now = useQuery(todayQuery(today));
  const days = useQuery({
    ...daysQuery(period),
    enabled: isLong,
    placeholderData: keepPreviousData,
  });
  const { data } = screen;
  const isUsual = compare === COMPARES[0];
  const other = useQuery({
    ...compareQuery(data?.figures ?? period, compare),
    enabled: !isUsual && data !== undefined,
  });

  const open = data?.findings?.counts.open;
  useEffect(() => {
    if (open !== undefined) setBadge('anomalies', open, true);
  }, [open]);
  const short = data?.low_stock.total;
  useEffect(() => {
    if (short !== undefined) setBadge('orders', short);
  }, [short]);
  const unreachable = screen.error && data && asProblem(screen.error).isUnreachable;

  return (
    <Page>
      <PageHeader
        title={t('title')}
        actions={
          <>
            {data && (
              <Age
                at={data.computed_at}
                onRecompute={() => void client.invalidateQueries({ queryKey: ['dashboard'] })}
              />
            )}
            <span className={styles['print']}>
              <Button
                disabled={!data}
                onClick={() => {
                  print();
                }}
              >
                <IconPrinter size={18} stroke={1.7} aria-hidden />
                {common('action.print')}
              </Button>
            </span>
          </>
        }
      >
        <div className={styles['period']}>
          <PeriodField value={period} today={yesterday} onChange={set} />
        </div>
      </PageHeader>
      {unreachable && <Offline dataAt={screen.dataUpdatedAt} />}
      {data ? (
        <>
          <PeriodStrip
            data={data}
            period={data.figures}
            yesterday={yesterday}
            today={now.data && { figures: now.data, computedAt: now.data.computed_at }}
            compare={compare}
            previous={isUsual ? data.previous : other.data?.previous}
          />
          <div className={styles['compare']}>
            <FilterSelect
              label={t('compare')}
              value={compare}
              options={COMPARES.map((value) => ({ value, label: t(`compare_with.${value}`) }))}
              onChange={(next) => {
                setCompare(COMPARES.find((one) => one === next) ?? compare);
              }}
            />
          </div>
          {!isUsual && other.error && (
            <Notice alert title={problemSentence(asProblem(other.error))}>
              <Button look="link" onClick={() => void other.refetch()}>
                {common('state.retry')}
              </Button>
            </Notice>
          )}
          <SalesChart
            data={data}
            given={isLong ? (days.data?.points ?? data.days) : data.days}
            period={data.figures}
          />
          <Parts data={data} />
        </>
      ) : screen.error ? (
        <ErrorState error={screen.error} onRetry={() => void screen.refetch()} />
      ) : (
        <Waiting title={t('by_day', { unit })} />
      )}
    </Page>
  );
}

/** Below the graph: what runs out, what looks wrong, where the money is, what earns and what costs. */
function Parts({ data }: { data: Dashboard }) {
  const { t } = useTranslation('dashboard');
  const phone = usePhone();
  const { currency, findings, low_stock: short } = data;
  return (
    <>
      <div className={styles['twoThirds']}>
        <Section
          title={t('short')}
          note={phone ? undefined : t('short_note')}
          action={
            <span className={styles['phoneOnly']}>
              <PageLink to="/commandes">{t('short_count', { count: short.total })}</PageLink>
            </span>
          }
        >
          <Shortages list={short} currency={currency} />
        </Section>
        <Section
          title={t('review')}
          note={findings ? t('review_count', { count: findings.counts.open }) : undefined}
          action={<PageLink to="/anomalies">{t('see_all')}</PageLink>}
        >
          {findings ? (
            <Review findings={findings.items} currency={currency} />
          ) : (
            <>
              <p className={styles['hint']}>{t('review_searching')}</p>
              <Skeleton rows={6} widths={[70, 30]} />
            </>
          )}
        </Section>
      </div>
      <div className={styles['twoThirds']}>
        <Section title={t('received')} note={t('received_note', { count: daysIn(data.figures) })}>
          <Received
            breakdown={data.payments}
            salesWithTaxMinor={data.figures.revenue_with_tax_minor}
          />
        </Section>
        <Section title={t('stock')} note={t('stock_note', { unit: currencySign(currency) })}>
          <StockValue stock={data.stock} marginMinor={data.figures.margin_minor} />
        </Section>
      </div>
      <Earners products={data.products} currency={currency} />
    </>
  );
}

/** The room of the strip and the graph while their figures are under way. */
function Waiting({ title }: { title: string }) {
  return (
    <>
      <div className={styles['waiting']}>
        <Skeleton rows={6} widths={[25, 15, 15, 15, 15, 15]} />
      </div>
      <Section title={title}>
        <div style={{ height: 280 }} />
      </Section>
    </>
  );
}
