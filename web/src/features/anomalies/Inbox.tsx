import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { SmallBars } from '@/charts/SmallBars';
import { useFindingWords, type Finding } from '@/findings/words';
import { currencySign, formatAmount } from '@/format/money';
import { keepTogether } from '@/format/names';
import type { Currency } from '@/money/currencies';
import { cx } from '@/ui/cx';
import { Diamond } from '@/ui/marks';
import styles from './anomalies.module.css';

/** The list: severity, what and when, its days as small bars, its effect. */
export function Inbox({
  findings,
  current,
  currency,
  hrefOf,
}: {
  findings: readonly Finding[];
  current: string | undefined;
  currency: Currency;
  hrefOf: (id: string) => string;
}) {
  const { t } = useTranslation('anomalies');
  const words = useFindingWords(currency);
  return (
    <>
      <div className={styles['listHead']} aria-hidden="true">
        <span>{t('finding')}</span>
        <span>{t('days')}</span>
        <span>{t('effect', { unit: currencySign(currency) })}</span>
      </div>
      <ul className={styles['list']}>
        {findings.map((finding) => {
          const days = finding.evidence.filter((one) => one.type === 'day');
          const quantities = days.map((one) => one.quantity ?? 0);
          return (
            <li key={finding.id}>
              <Link
                href={hrefOf(finding.id)}
                replace
                data-finding={finding.id}
                aria-current={finding.id === current ? 'true' : undefined}
              >
                <Diamond severity={finding.severity} label={words.severity(finding)} />
                <span className={styles['words']}>
                  <strong>{keepTogether(finding.subject.name)}</strong>
                  <small>{`${words.kind(finding)} · ${words.days(finding)}`}</small>
                </span>
                <span className={styles['bars']}>
                  {quantities.length >= 3 && (
                    <SmallBars values={quantities} marked={() => false} width={80} />
                  )}
                </span>
                <b className={cx(finding.effect_minor < 0 && styles['bad'])}>
                  {formatAmount(finding.effect_minor, currency, { signed: true })}
                </b>
              </Link>
            </li>
          );
        })}
      </ul>
    </>
  );
}
