import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useAddress } from '@/app/useAddress';
import { api, ok, type Schemas } from '@/api/client';
import { keepTogether } from '@/format/names';
import { formatPercent, formatQuantity, unitSign } from '@/format/quantity';
import { Button } from '@/ui/Button';
import { Page, PageHeader, Section, Tabs } from '@/ui/page';
import { ErrorState, NoRecords, Skeleton } from '@/ui/states';
import { Table, type Column } from '@/ui/Table';
import { useMedia } from '@/ui/useMedia';
import { Detail, Trust } from './Detail';
import { bandOf, formatExpected, formatGain } from './figures';
import styles from './forecasts.module.css';
import { useReasonWords } from './reasons';
import { Refit } from './Refit';

type Item = Schemas['ForecastItem'];
type Accuracy = Schemas['ProductAccuracy'];

const LEVELS = ['product', 'category', 'shop'] as const;
const HORIZONS = [7, 28] as const;

/** What will sell: products, categories or the shop; beside it one product, and whether to trust it. */
export default function ForecastsPage() {
  const { t } = useTranslation('forecasts');
  const { get } = useAddress();
  const wide = useMedia('(min-width: 1024px)');
  const level = LEVELS.find((one) => one === get('niveau')) ?? 'product';
  const horizon = HORIZONS.find((days) => String(days) === get('jours')) ?? 28;
  const list = useInfiniteQuery({
    queryKey: ['forecasts', 'list', level, horizon],
    queryFn: ({ signal, pageParam }) =>
      ok(
        api.GET('/api/v1/analytics/forecasts', {
          params: {
            query: { level, horizon, limit: 50, ...(pageParam && { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const accuracy = useQuery({
    queryKey: ['forecasts', 'accuracy'],
    queryFn: ({ signal }) =>
      ok(api.GET('/api/v1/analytics/accuracy', { params: { query: { limit: 200 } }, signal })),
  });
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const without = items.filter((item) => item.total === null).length;
  const asked = get('article');
  const chosen =
    items.find((item) => item.product_id === asked)?.product_id ??
    (asked || (wide && level === 'product' ? items.find((item) => item.total)?.product_id : null));
  const href = (changes: Record<string, string>) => {
    const query = new URLSearchParams();
    const all = {
      niveau: level === 'product' ? '' : level,
      jours: horizon === 28 ? '' : String(horizon),
      ...changes,
    };
    for (const [name, value] of Object.entries(all)) if (value) query.set(name, value);
    const text = query.toString();
    return text ? `/previsions?${text}` : '/previsions';
  };
  const overall = accuracy.data?.overall;
  const aside =
    level === 'product' && chosen ? (
      <Detail key={chosen} id={chosen} horizon={horizon} />
    ) : level === 'product' && items.length > 0 ? (
      <p className={styles['hint']}>{t('choose')}</p>
    ) : null;
  return (
    <Page>
      <PageHeader title={t('title')} actions={<Refit />}>
        <Tabs
          label={t('level')}
          tabs={LEVELS.map((one) => ({
            to: href({ niveau: one === 'product' ? '' : one }),
            label: t(`levels.${one}`),
            current: one === level,
          }))}
        />
        <Tabs
          label={t('horizon')}
          tabs={HORIZONS.map((days) => ({
            to: href({ jours: days === 28 ? '' : String(days), article: asked }),
            label: t('days', { count: days }),
            current: days === horizon,
          }))}
        />
      </PageHeader>
      <div className={styles['columns']}>
        <Section
          title={t(`list.${level}`)}
          note={
            list.data &&
            (without > 0
              ? t('list_note', { forecast: items.length - without, not: without })
              : list.hasNextPage
                ? t('loaded', { count: items.length })
                : t('all_forecast'))
          }
        >
          <Forecasts
            level={level}
            items={items}
            horizon={horizon}
            chosen={chosen ?? undefined}
            accuracy={accuracy.data?.items ?? []}
            hrefOf={(id) => href({ article: id })}
            instead={
              list.isPending ? (
                <Skeleton rows={12} widths={[40, 15, 20, 15, 10]} />
              ) : list.error && !list.data ? (
                <ErrorState error={list.error} onRetry={() => void list.refetch()} />
              ) : items.length === 0 ? (
                <NoRecords title={t('none')}>{t('none_why')}</NoRecords>
              ) : undefined
            }
          />
          {list.hasNextPage && (
            <p className={styles['more']}>
              <Button
                look="link"
                disabled={list.isFetchingNextPage}
                onClick={() => void list.fetchNextPage()}
              >
                {t('more')}
              </Button>
            </p>
          )}
        </Section>
        <div>
          {aside}
          {overall && overall.model.wape !== null && overall.relative_to_seasonal_naive !== null ? (
            <Trust
              note={t('trust_note', { nights: formatQuantity(accuracy.data?.nights ?? 0) })}
              ours={overall.model.wape}
              relative={overall.relative_to_seasonal_naive}
              coverage={overall.coverage}
            />
          ) : accuracy.data ? (
            <Section title={t('trust')}>
              <NoRecords title={t('trust_none')}>{t('trust_none_why')}</NoRecords>
            </Section>
          ) : null}
        </div>
      </div>
    </Page>
  );
}

function Forecasts({
  level,
  items,
  horizon,
  chosen,
  accuracy,
  hrefOf,
  instead,
}: {
  level: (typeof LEVELS)[number];
  items: Item[];
  horizon: number;
  chosen: string | undefined;
  accuracy: Accuracy[];
  hrefOf: (id: string) => string;
  instead: React.ReactNode;
}) {
  const { t } = useTranslation('forecasts');
  const words = useReasonWords();
  const scores = new Map(
    accuracy.map((one) => [one.product_id, one.backtest ?? undefined] as const),
  );
  const scoreOf = (item: Item) => (item.product_id ? scores.get(item.product_id) : undefined);
  const hasScores = level === 'product' && items.some((item) => scoreOf(item));
  const columns: Column<Item>[] = [
    {
      key: 'name',
      head: t(`name.${level}`),
      rowHead: true,
      cell: (item) => (
        <>
          {item.product_id ? (
            <Link href={hrefOf(item.product_id)} replace className={styles['name']}>
              {keepTogether(item.name)}
            </Link>
          ) : (
            item.name
          )}
          {item.total === null && (
            <small className={styles['why']}>
              {item.reasons[0] ? words(item.reasons[0]) : t('not_enough')}
            </small>
          )}
        </>
      ),
    },
    {
      key: 'mean',
      head: (
        <>
          {t('expected')}
          <br />
          {t('days', { count: horizon })}
        </>
      ),
      figure: true,
      cell: (item) =>
        item.total === null ? (
          '–'
        ) : (
          <>
            {formatExpected(item.total.mean)}
            <span className={styles['unit']}>{unitSign(item.unit ?? '')}</span>
          </>
        ),
    },
    {
      key: 'band',
      head: t('band'),
      figure: true,
      quiet: true,
      cell: (item) =>
        item.total === null
          ? '–'
          : t('and', {
              low: formatExpected(item.total.lo80),
              high: formatExpected(item.total.hi80),
            }),
    },
    {
      key: 'bar',
      head: <span className="visually-hidden">{t('scale')}</span>,
      cell: (item) => (item.total === null ? null : <BandMark total={item.total} />),
    },
  ];
  if (hasScores) {
    columns.push(
      {
        key: 'error',
        head: t('error'),
        figure: true,
        cell: (item) => {
          const score = scoreOf(item);
          return score ? formatPercent(score.wape, { digits: 0 }) : '–';
        },
      },
      {
        key: 'better',
        head: t('better'),
        figure: true,
        cell: (item) => {
          const score = scoreOf(item);
          if (!score) return '–';
          const relative = score.relative_to_seasonal_naive;
          return (
            <span className={relative <= 1 ? styles['good'] : styles['bad']}>
              {formatGain(relative)}
            </span>
          );
        },
      },
    );
  }
  return (
    <Table<Item>
      caption={t(`list.${level}`)}
      rows={items}
      rowKey={(item) => item.product_id ?? item.category_id ?? item.name}
      selected={(item) => item.product_id !== null && item.product_id === chosen}
      columns={columns}
      instead={instead}
    />
  );
}

/** The band on a scale from nothing to twice the expectation, a dot at the middle. */
function BandMark({ total }: { total: NonNullable<Item['total']> }) {
  const width = 76;
  const { from, to } = bandOf(total);
  return (
    <svg width={width} height="12" aria-hidden="true" className={styles['mark']}>
      <rect
        className={styles['band']}
        x={from * width}
        width={Math.max(2, (to - from) * width)}
        y="2"
        height="8"
      />
      <circle className={styles['ours']} cx={width / 2} cy="6" r="3" />
    </svg>
  );
}
