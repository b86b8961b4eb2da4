import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { formatPercent, formatQuantity } from '@/format/quantity';
import { Section } from '@/ui/page';
import { ErrorState, NoRecords, Skeleton } from '@/ui/states';
import styles from './forecasts.module.css';
import { accuracyQuery } from './queries';

/** Whether to trust the forecasts of the shop: how those of earlier nights turned out, in money. */
export function ShopTrust() {
  const { t } = useTranslation('forecasts');
  const { data, error, refetch } = useQuery(accuracyQuery);
  if (data?.overall && data.money) {
    const { money, overall, totals } = data;
    return (
      <Section title={t('trust')} note={t('trust_note', { nights: formatQuantity(data.nights) })}>
        <h3 className={styles['trustHead']}>{t('trust_money')}</h3>
        <Bars ours={money.wape} weekBefore={money.seasonal_naive_wape} />
        <p className={styles['how']}>
          <Gain ours={money.wape} other={money.seasonal_naive_wape} />{' '}
          {t('covered', { share: formatPercent(overall.coverage, { digits: 0 }) })}{' '}
          <Bias of={money.bias} />
        </p>
        {totals && (
          <>
            <h3 className={styles['trustHead']}>{t('trust_totals')}</h3>
            <Bars ours={totals.wape} weekBefore={totals.seasonal_naive_wape} />
            <p className={styles['how']}>
              {totals.last_year
                ? t('trust_year', {
                    count: totals.last_year.totals,
                    ours: formatPercent(totals.last_year.wape, { digits: 0 }),
                    year: formatPercent(totals.last_year.last_year_wape, { digits: 0 }),
                  })
                : t('trust_no_year')}
            </p>
          </>
        )}
      </Section>
    );
  }
  return (
    <Section title={t('trust')}>
      {data ? (
        <NoRecords title={t('trust_none')}>{t('trust_none_why')}</NoRecords>
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton rows={3} widths={[100]} />
      )}
    </Section>
  );
}

/** Below one percent a forecast is neither too high nor too low. */
const SMALL_BIAS = 0.01;

/** Whether the forecasts as a whole were too high or too low. */
function Bias({ of: bias }: { of: number }) {
  const { t } = useTranslation('forecasts');
  const share = formatPercent(Math.abs(bias), { digits: 0 });
  if (Math.abs(bias) < SMALL_BIAS) return <>{t('bias_none')}</>;
  return <>{t(bias > 0 ? 'bias_high' : 'bias_low', { share })}</>;
}

/** One product: ours beside the week before, on one scale; then the same in words. */
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
  const weekBefore = relative > 0 ? ours / relative : undefined;
  return (
    <Section title={t('trust')} note={note}>
      <Bars ours={ours} weekBefore={weekBefore} />
      <p className={styles['how']}>
        <Gain ours={relative} other={1} />{' '}
        {t('covered', { share: formatPercent(coverage, { digits: 0 }) })}
      </p>
    </Section>
  );
}

/** "27 % less error than repeating the week before." */
function Gain({ ours, other }: { ours: number; other: number }) {
  const { t } = useTranslation('forecasts');
  if (other <= 0) return null;
  const relative = ours / other;
  const share = formatPercent(Math.abs(1 - relative), { digits: 0 });
  return <b>{t(relative <= 1 ? 'less_error' : 'more_error', { share })}</b>;
}

function Bars({ ours, weekBefore }: { ours: number; weekBefore: number | undefined }) {
  const { t } = useTranslation('forecasts');
  const most = Math.max(ours, weekBefore ?? 0) || 1;
  const bars = [
    { name: t('ours'), value: ours, isOurs: true },
    ...(weekBefore === undefined
      ? []
      : [{ name: t('week_before'), value: weekBefore, isOurs: false }]),
  ];
  return (
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
  );
}
