import { IconPrinter } from '@tabler/icons-react';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { setBadge } from '@/app/badges';
import { currencySign } from '@/format/money';
import { useShop } from '@/shop/useShop';
import { Button } from '@/ui/Button';
import { PeriodField } from '@/ui/figures';
import { Page, PageHeader, Section } from '@/ui/page';
import { Age, ErrorState, Offline, Skeleton } from '@/ui/states';
import { asProblem } from '@/api/problem';
import { usePhone } from '@/ui/useMedia';
import styles from './dashboard.module.css';
import { Earners, StockValue } from './Earners';
import { PageLink } from './PageLink';
import { Part, Seen } from './Part';
import { daysIn, neededDays, totalsOf, within } from './periods';
import { PeriodStrip } from './PeriodStrip';
import {
  daysQuery,
  openFindingsQuery,
  productsQuery,
  receivedQuery,
  shortagesQuery,
} from './queries';
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
  const { period, yesterday, today, set } = usePeriod();
  const { settings } = useShop();
  const currency = settings?.currency ?? 'CDF';
  const unit = currencySign(currency);
  const needed = neededDays(period, today);
  const days = useQuery({ ...daysQuery(needed), placeholderData: keepPreviousData });
  const shortages = useQuery(shortagesQuery);
  const findings = useQuery(openFindingsQuery(today));
  const phone = usePhone();
  const [print, setPrint] = useState(false);
  const totals = days.data && totalsOf(within(days.data.points, period));

  const found = findings.data?.items.length;
  useEffect(() => {
    if (found !== undefined) setBadge('anomalies', found, true);
  }, [found]);
  const alerts = shortages.data?.alerts;
  useEffect(() => {
    if (alerts !== undefined) setBadge('orders', alerts);
  }, [alerts]);

  const printAll = async () => {
    await Promise.allSettled([
      client.ensureQueryData(receivedQuery(period)),
      client.ensureQueryData(productsQuery(period)),
    ]);
    setPrint(true);
    setTimeout(() => {
      window.print();
    }, 100);
  };
  const unreachable = days.error && days.data && asProblem(days.error).isUnreachable;

  return (
    <Page>
      <PageHeader
        title={t('title')}
        actions={
          <>
            {days.data && (
              <Age
                at={days.data.computed_at}
                onRecompute={() => void client.invalidateQueries({ queryKey: ['dashboard'] })}
              />
            )}
            <span className={styles['print']}>
              <Button onClick={() => void printAll()}>
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
      {unreachable && <Offline dataAt={days.dataUpdatedAt} />}
      {days.data ? (
        <>
          <PeriodStrip
            points={days.data.points}
            period={period}
            yesterday={yesterday}
            today={today}
            currency={days.data.currency}
            computedAt={days.data.computed_at}
          />
          <SalesChart points={days.data.points} period={period} currency={days.data.currency} />
        </>
      ) : days.error ? (
        <ErrorState error={days.error} onRetry={() => void days.refetch()} />
      ) : (
        <Waiting title={t('by_day', { unit })} />
      )}
      <div className={styles['twoThirds']}>
        <Section
          title={t('short')}
          note={phone ? undefined : t('short_note')}
          action={
            <span className={styles['phoneOnly']}>
              <PageLink to="/commandes">
                {shortages.data && t('short_count', { count: shortages.data.alerts })}
              </PageLink>
            </span>
          }
        >
          <Part query={shortages} rows={7} widths={[40, 10, 20, 10, 10, 10]}>
            {(list) => <Shortages list={list} />}
          </Part>
        </Section>
        <Section
          title={t('review')}
          note={
            findings.data?.next_cursor
              ? t('review_more', { count: found ?? 0 })
              : found !== undefined && found > 0
                ? t('review_count', { count: found })
                : undefined
          }
          action={<PageLink to="/anomalies">{t('see_all')}</PageLink>}
        >
          <Part query={findings} rows={6} widths={[70, 30]}>
            {(page) => <Review findings={page.items} currency={currency} />}
          </Part>
        </Section>
      </div>
      <Seen now={print} height={620}>
        <Below period={period} totals={totals} />
      </Seen>
    </Page>
  );
}

/** What is read after the first look: asked for when it comes into view. */
function Below({
  period,
  totals,
}: {
  period: { from: string; to: string };
  totals: ReturnType<typeof totalsOf> | undefined;
}) {
  const { t } = useTranslation('dashboard');
  const received = useQuery(receivedQuery(period));
  const products = useQuery(productsQuery(period));
  return (
    <>
      <div className={styles['twoThirds']}>
        <Section title={t('received')} note={t('received_note', { count: daysIn(period) })}>
          <Part query={received} rows={6} widths={[30, 10, 15, 15, 10, 10, 10]}>
            {(breakdown) => (
              <Received breakdown={breakdown} salesWithTaxMinor={totals?.withTaxMinor} />
            )}
          </Part>
        </Section>
        <Section
          title={t('stock')}
          note={t('stock_note', { unit: currencySign(products.data?.currency ?? 'CDF') })}
        >
          <Part query={products} rows={3} widths={[70, 30]}>
            {(page) => <StockValue page={page} marginMinor={totals?.marginMinor} />}
          </Part>
        </Section>
      </div>
      <Part query={products} rows={6} widths={[40, 20, 20, 20]}>
        {(page) => <Earners page={page} />}
      </Part>
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
