import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { DayChart } from '@/charts/DayChart';
import type { ChartDay } from '@/charts/scale';
import { dayMoment, formatDate, formatDay } from '@/format/dates';
import { keepTogether } from '@/format/names';
import { formatPercent, formatQuantity, unitSign } from '@/format/quantity';
import { Section } from '@/ui/page';
import { ErrorState, Skeleton } from '@/ui/states';
import { Table } from '@/ui/Table';
import { formatExpected } from './figures';
import styles from './forecasts.module.css';
import { useReasonWords } from './reasons';

type Forecast = Schemas['ProductForecast'];

/** One product: its days with their band, totals, how it was made, what to be careful about. */
export function Detail({ id, horizon }: { id: string; horizon: number }) {
  const { t } = useTranslation('forecasts');
  const { data, error, refetch } = useQuery({
    queryKey: ['forecasts', 'product', id, horizon],
    queryFn: ({ signal }) =>
      ok(
        api.GET('/api/v1/analytics/forecasts/{id}', {
          params: { path: { id }, query: { horizon } },
          signal,
        }),
      ),
  });
  if (!data) {
    return (
      <Section title={t('attended')}>
        {error ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : (
          <Skeleton rows={8} widths={[100]} />
        )}
      </Section>
    );
  }
  const unit = unitSign(data.unit) || t('pieces');
  return (
    <>
      <Section title={keepTogether(data.name)} note={t('per_day', { unit })}>
        <Days forecast={data} />
        <Totals forecast={data} unit={unit} />
        <How forecast={data} />
      </Section>
      {data.backtest && <Backtest score={data.backtest} />}
    </>
  );
}

function Days({ forecast }: { forecast: Forecast }) {
  const { t } = useTranslation('forecasts');
  const days: ChartDay[] = forecast.days.map((day) => ({
    day: day.date,
    expected: { middle: day.mean, low: day.lo80, high: day.hi80 },
    ...(day.closed && { closed: t('closed') }),
  }));
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last) return <p className={styles['hint']}>{t('not_enough')}</p>;
  return (
    <DayChart
      label={t('chart', {
        name: forecast.name,
        from: formatDay(dayMoment(first.day)),
        to: formatDay(dayMoment(last.day)),
      })}
      days={days}
      height={220}
      format={formatExpected}
      formatTick={(value) => formatQuantity(value)}
    />
  );
}

function Totals({ forecast, unit }: { forecast: Forecast; unit: string }) {
  const { t } = useTranslation('forecasts');
  const { lead_time: lead, total } = forecast;
  const rows = [
    ...(lead.total ? [{ name: t('until_delivery', { count: lead.days }), total: lead.total }] : []),
    ...(total ? [{ name: t('days', { count: total.days }), total }] : []),
  ];
  if (rows.length === 0) return null;
  return (
    <Table<(typeof rows)[number]>
      caption={t('attended')}
      rows={rows}
      rowKey={(row) => row.name}
      columns={[
        { key: 'name', head: t('attended'), rowHead: true, cell: (row) => row.name },
        {
          key: 'mean',
          head: unit,
          figure: true,
          cell: (row) => <b>{formatExpected(row.total.mean)}</b>,
        },
        {
          key: 'band',
          head: t('band'),
          figure: true,
          quiet: true,
          cell: (row) =>
            t('and', {
              low: formatExpected(row.total.lo80),
              high: formatExpected(row.total.hi80),
            }),
        },
      ]}
    />
  );
}

/** The method in plain words, its heaviest members, from which days it learnt, and the cautions. */
function How({ forecast }: { forecast: Forecast }) {
  const { t } = useTranslation('forecasts');
  const words = useReasonWords();
  const heavy = [...forecast.members]
    .sort((a, b) => b.weight - a.weight)
    .filter((member) => member.weight >= 0.15)
    .slice(0, 3)
    .map(
      (member) =>
        `${t(`member.${member.member}`)} (${formatPercent(member.weight, { digits: 0 })})`,
    );
  return (
    <div className={styles['how']}>
      <p>
        {forecast.method && t(`method.${forecast.method}`)}{' '}
        {heavy.length > 0 && t('mostly', { members: heavy.join(', ') })}{' '}
        {forecast.trained_from &&
          t('learnt', {
            from: formatDate(dayMoment(forecast.trained_from)),
            to: formatDate(dayMoment(forecast.trained_to)),
          })}
      </p>
      {forecast.reasons.length > 0 && (
        <ul>
          {forecast.reasons.map((reason) => (
            <li key={reason.code}>{words(reason)}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Backtest({ score }: { score: Schemas['BacktestScore'] }) {
  const { t } = useTranslation('forecasts');
  return (
    <Trust
      note={t('trust_product', { days: formatQuantity(score.days) })}
      ours={score.wape}
      relative={score.relative_to_seasonal_naive}
      coverage={score.coverage}
    />
  );
}

/** Ours beside the week before, on one scale; then the same in words. */
export function Trust({
  note,
  ours,
  relative,
  coverage,
}: {
  note: string;
  ours: number;
  relative: number;
  coverage: number;
}) {
  const { t } = useTranslation('forecasts');
  const naive = relative > 0 ? ours / relative : undefined;
  const most = Math.max(ours, naive ?? 0) || 1;
  const share = formatPercent(Math.abs(1 - relative), { digits: 0 });
  const bars = [
    { name: t('ours'), value: ours, isOurs: true },
    ...(naive === undefined ? [] : [{ name: t('week_before'), value: naive, isOurs: false }]),
  ];
  return (
    <Section title={t('trust')} note={note}>
      <dl className={styles['trust']} aria-label={t('error_share')}>
        {bars.map((bar) => (
          <div key={bar.name}>
            <dt>{bar.isOurs ? <b>{bar.name}</b> : bar.name}</dt>
            <dd>
              <svg height="10" width="78%" aria-hidden="true">
                <rect
                  className={bar.isOurs ? styles['ours'] : styles['other']}
                  height="10"
                  width={`${(bar.value / most) * 100}%`}
                />
              </svg>
              {formatPercent(bar.value, { digits: 0 })}
            </dd>
          </div>
        ))}
      </dl>
      <p className={styles['how']}>
        <b>{t(relative <= 1 ? 'less_error' : 'more_error', { share })}</b>{' '}
        {t('covered', { share: formatPercent(coverage, { digits: 0 }) })}
      </p>
    </Section>
  );
}
