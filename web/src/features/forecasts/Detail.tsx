import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { DayChart } from '@/charts/DayChart';
import { dayMoment, formatDate, formatDay } from '@/format/dates';
import { keepTogether } from '@/format/names';
import { formatPercent, formatQuantity, unitSign } from '@/format/quantity';
import { Section } from '@/ui/page';
import { ErrorState, Skeleton } from '@/ui/states';
import { Table } from '@/ui/Table';
import { drawnDays, formatExpected, inZone, type Zone } from './figures';
import styles from './forecasts.module.css';
import { productQuery, soldQuery } from './queries';
import { useReasonWords } from './reasons';
import { Trust } from './Trust';

type Forecast = Schemas['ProductForecast'];

/** One product: what was sold and what is expected, how it was made, what to be careful about. */
export function Detail({ id, horizon, zone }: { id: string; horizon: number; zone: Zone }) {
  const { t } = useTranslation('forecasts');
  const { data, error, refetch } = useQuery(productQuery(id, horizon));
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
  const { backtest } = data;
  return (
    <>
      <Section
        title={keepTogether(data.name)}
        note={t('per_day', { unit, often: t(`often.z${zone}`) })}
      >
        <Days forecast={data} horizon={horizon} zone={zone} />
        <Totals forecast={data} unit={unit} zone={zone} />
        <How forecast={data} />
      </Section>
      {backtest && (
        <Trust
          note={t('trust_product', { days: formatQuantity(backtest.days) })}
          ours={backtest.wape}
          relative={backtest.relative_to_seasonal_naive}
          coverage={backtest.coverage}
        />
      )}
    </>
  );
}

function Days({ forecast, horizon, zone }: { forecast: Forecast; horizon: number; zone: Zone }) {
  const { t } = useTranslation('forecasts');
  const { data: sold } = useQuery(soldQuery({ product_id: forecast.product_id }, horizon));
  const days = drawnDays(
    (sold?.points ?? []).map((point) => ({ day: point.date, value: point.units })),
    forecast.days.map((day) => ({
      day: day.date,
      banded: inZone(day, zone),
      closed: day.closed,
      feast: day.feast,
    })),
    { closed: t('closed'), feast: (feast) => t(`feasts.${feast}`) },
  );
  const [first, last] = [days[0], days.at(-1)];
  const hint = forecast.days.length === 0 && <p className={styles['hint']}>{t('not_enough')}</p>;
  if (!first || !last) return hint;
  return (
    <>
      <DayChart
        label={t('chart', {
          name: forecast.name,
          from: formatDay(dayMoment(first.day)),
          to: formatDay(dayMoment(last.day)),
        })}
        days={days}
        height={230}
        format={formatExpected}
        formatTick={(value) => formatQuantity(value)}
      />
      {hint}
    </>
  );
}

function Totals({ forecast, unit, zone }: { forecast: Forecast; unit: string; zone: Zone }) {
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
          head: t(`between.z${zone}`),
          figure: true,
          quiet: true,
          cell: (row) => {
            const { low, high } = inZone(row.total, zone);
            return t('and', { low: formatExpected(low), high: formatExpected(high) });
          },
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
