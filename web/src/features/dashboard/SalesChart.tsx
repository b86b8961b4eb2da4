import { useTranslation } from 'react-i18next';
import { DayChart } from '@/charts/DayChart';
import { intoWeeks, type ChartDay } from '@/charts/scale';
import { addDays, dayMoment, formatDay } from '@/format/dates';
import { currencySign, formatCompact, formatMoney } from '@/format/money';
import type { Currency } from '@/money/currencies';
import { bounded, divHalfUp, integer } from '@/money/exact';
import { ButtonLink } from '@/ui/Button';
import type { Period } from '@/ui/figures';
import { Section } from '@/ui/page';
import { NoRecords } from '@/ui/states';
import { usePhone } from '@/ui/useMedia';
import styles from './dashboard.module.css';
import { daysIn, totalsOf, within, type Point } from './periods';

const WEEKLY_FROM_DAYS = 120;

/** Sales by day, or by week where a period is long; a single day is shown among the four weeks before. */
export function SalesChart({
  points,
  period,
  currency,
}: {
  points: readonly Point[];
  period: Period;
  currency: Currency;
}) {
  const { t } = useTranslation('dashboard');
  const phone = usePhone();
  const shown = daysIn(period) < 7 ? { from: addDays(period.to, -27), to: period.to } : period;
  const days = within(points, shown);
  const weekly = days.length > WEEKLY_FROM_DAYS;
  const totals = totalsOf(days);
  const unit = currencySign(currency);
  const title = weekly ? t('by_week', { unit }) : t('by_day', { unit });
  if (totals.sales === 0) {
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
  const best = days.reduce((a, b) => (b.revenue_with_tax_minor > a.revenue_with_tax_minor ? b : a));
  const mean = bounded(divHalfUp(integer(totals.withTaxMinor), integer(days.length)));
  const chart: ChartDay[] = days.map((point) => ({
    day: point.date,
    value: point.revenue_with_tax_minor,
    ...(shown !== period && point.date < period.from && { tone: 'quiet' as const }),
  }));
  const words = { from: formatDay(dayMoment(shown.from)), to: formatDay(dayMoment(shown.to)) };
  return (
    <Section
      title={title}
      className={styles['chart']}
      note={t('by_day_note', {
        mean: formatMoney(mean, currency),
        most: formatMoney(best.revenue_with_tax_minor, currency),
        day: formatDay(dayMoment(best.date)),
      })}
    >
      <DayChart
        label={weekly ? t('by_week_label', words) : t('by_day_label', words)}
        days={weekly ? intoWeeks(chart) : chart}
        weekly={weekly}
        height={phone ? 220 : 250}
        format={(value) => formatMoney(value, currency)}
        formatTick={(value, most) => formatCompact(value, currency, most)}
      />
    </Section>
  );
}
