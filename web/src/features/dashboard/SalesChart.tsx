import { useTranslation } from 'react-i18next';
import { DayChart } from '@/charts/DayChart';
import { intoWeeks, type ChartDay } from '@/charts/scale';
import { useFindingWords } from '@/findings/words';
import { dayMoment, formatDay } from '@/format/dates';
import { currencySign, formatCompact, formatMoney } from '@/format/money';
import { keepTogether } from '@/format/names';
import { ButtonLink } from '@/ui/Button';
import type { Period } from '@/ui/figures';
import { Section } from '@/ui/page';
import { NoRecords } from '@/ui/states';
import { usePhone } from '@/ui/useMedia';
import styles from './dashboard.module.css';
import {
  comingDays,
  daysIn,
  drawnDays,
  findingOfGraph,
  meanAndBest,
  type Dashboard,
  type Point,
} from './periods';

const WEEKLY_FROM_DAYS = 120;
const NARROW_DAYS = 7;

/** What was sold by day, or by week where a period is long, and behind it what is expected. */
export function SalesChart({
  data,
  given,
  period,
}: {
  data: Dashboard;
  /** The days of a long period, else those of the screen. */
  given: readonly Point[];
  period: Period;
}) {
  const { t } = useTranslation('dashboard');
  const { currency, forecast } = data;
  const words = useFindingWords(currency);
  const phone = usePhone();
  const days = drawnDays(given, period, { phone });
  const weekly = days.length > WEEKLY_FROM_DAYS;
  const unit = currencySign(currency);
  const title = weekly ? t('by_week', { unit }) : t('by_day', { unit });
  const seen = meanAndBest(days);
  const [first, last] = [days[0], days.at(-1)];
  if (!seen || !first || !last) {
    return (
      <Section title={title}>
        <NoRecords
          title={t('none_sold')}
          actions={
            <ButtonLink to="/caisse" look="ink">
              {t('none_sold_open')}
            </ButtonLink>
          }
        >
          {t('none_sold_why')}
        </NoRecords>
      </Section>
    );
  }
  const finding = weekly ? undefined : findingOfGraph(data.findings?.items ?? [], days);
  const isShort = daysIn(period) < NARROW_DAYS;
  const past: ChartDay[] = days.map((point) => ({
    day: point.date,
    value: point.revenue_with_tax_minor,
    ...(isShort && point.date < period.from && { tone: 'quiet' as const }),
    ...(finding?.from === point.date && {
      mark: {
        title: keepTogether(finding.subject.name),
        note: phone ? t('to_review') : words.sentence(finding),
      },
    }),
  }));
  const coming = weekly ? [] : comingDays(forecast, last.date, t('closed'));
  const range = { from: formatDay(dayMoment(first.date)), to: formatDay(dayMoment(last.date)) };
  const short = (minor: number) => formatCompact(minor, currency, forecast?.total.mean_minor ?? 0);
  const note =
    coming.length > 0 && forecast
      ? t('coming', {
          count: forecast.days.length,
          middle: short(forecast.total.mean_minor),
          low: short(forecast.total.lo80_minor),
          high: short(forecast.total.hi80_minor),
        })
      : t('by_day_note', {
          mean: formatMoney(seen.meanMinor, currency),
          most: formatMoney(seen.best.revenue_with_tax_minor, currency),
          day: formatDay(dayMoment(seen.best.date)),
        });
  return (
    <Section title={title} className={styles['chart']} note={note}>
      <DayChart
        label={weekly ? t('by_week_label', range) : t('by_day_label', range)}
        days={weekly ? intoWeeks(past) : [...past, ...coming]}
        weekly={weekly}
        height={phone ? 220 : 270}
        format={(value) => formatMoney(value, currency)}
        formatTick={(value, most) => formatCompact(value, currency, most)}
      />
    </Section>
  );
}
