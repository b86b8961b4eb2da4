import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { DayChart } from '@/charts/DayChart';
import { dayMoment, formatDay } from '@/format/dates';
import { currencySign, formatAmount, formatCompact, formatMoney } from '@/format/money';
import type { Currency } from '@/money/currencies';
import { Details } from '@/ui/Details';
import { Section } from '@/ui/page';
import { Skeleton } from '@/ui/states';
import { drawnDays, moneyInZone, type Zone } from './figures';
import styles from './forecasts.module.css';
import { soldQuery, type Item } from './queries';
import { useReasonWords } from './reasons';

/** The shop or one category in money: what was sold by day, what is expected, and their sums. */
export function Whole({
  item,
  horizon,
  zone,
  currency,
}: {
  item: Item;
  horizon: number;
  zone: Zone;
  currency: Currency;
}) {
  const { t } = useTranslation('forecasts');
  const words = useReasonWords();
  const { data: sold } = useQuery(
    soldQuery(item.category_id ? { category_id: item.category_id } : {}, horizon),
  );
  const { money } = item;
  const days = drawnDays(
    (sold?.points ?? []).map((point) => ({
      day: point.date,
      value: point.revenue_with_tax_minor,
    })),
    (money?.days ?? []).map((day) => ({
      day: day.date,
      banded: moneyInZone(day, zone),
      closed: day.closed,
      feast: day.feast,
    })),
    { closed: t('closed'), feast: (feast) => t(`feasts.${feast}`) },
  );
  const [first, last] = [days[0], days.at(-1)];
  const total = money && moneyInZone(money.total, zone);
  return (
    <Section
      title={item.name}
      note={t('per_day', { unit: currencySign(currency), often: t(`often.z${zone}`) })}
    >
      {sold && first && last ? (
        <DayChart
          label={t('chart', {
            name: item.name,
            from: formatDay(dayMoment(first.day)),
            to: formatDay(dayMoment(last.day)),
          })}
          days={days}
          height={250}
          format={(value) => formatMoney(Math.round(value), currency)}
          formatTick={(value, most) => formatCompact(value, currency, most)}
        />
      ) : (
        <Skeleton rows={6} widths={[100]} />
      )}
      {money && total && (
        <>
          <Details
            items={[
              {
                label: t('with_tax', { count: money.days.length }),
                value: <b>{formatMoney(total.mean, currency)}</b>,
              },
              {
                label: t(`between.z${zone}`),
                value: t('and', {
                  low: formatAmount(total.low, currency),
                  high: formatMoney(total.high, currency),
                }),
              },
              { label: t('without_tax'), value: formatMoney(money.revenue_minor, currency) },
            ]}
          />
          <p className={styles['hint']}>{t('at_present_prices')}</p>
        </>
      )}
      {item.reasons.length > 0 && (
        <ul className={styles['how']}>
          {item.reasons.map((reason) => (
            <li key={reason.code}>{words(reason)}</li>
          ))}
        </ul>
      )}
    </Section>
  );
}
