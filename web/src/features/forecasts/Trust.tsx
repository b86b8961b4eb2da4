import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { formatPercent, formatQuantity } from '@/format/quantity';
import { Section } from '@/ui/page';
import { ErrorState, NoRecords, Skeleton } from '@/ui/states';
import styles from './forecasts.module.css';
import { accuracyQuery } from './queries';

/** Whether to trust the forecasts of the shop: how those of earlier nights turned out. */
export function ShopTrust() {
  const { t } = useTranslation('forecasts');
  const { data, error, refetch } = useQuery(accuracyQuery);
  const overall = data?.overall;
  if (overall && overall.model.wape !== null && overall.relative_to_seasonal_naive !== null) {
    return (
      <Trust
        note={t('trust_note', { nights: formatQuantity(data.nights) })}
        ours={overall.model.wape}
        relative={overall.relative_to_seasonal_naive}
        coverage={overall.coverage}
      />
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
