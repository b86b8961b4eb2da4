import { useTranslation } from 'react-i18next';
import { byGravity, useFindingWords, type Finding } from '@/findings/words';
import { formatMoney } from '@/format/money';
import { keepTogether } from '@/format/names';
import type { Currency } from '@/money/currencies';
import { cx } from '@/ui/cx';
import { Diamond } from '@/ui/marks';
import { NoRecords } from '@/ui/states';
import styles from './dashboard.module.css';
import { PageLink } from './PageLink';

/** The gravest findings that nobody has judged yet. */
export function Review({
  findings,
  currency,
  most = 6,
}: {
  findings: readonly Finding[];
  currency: Currency;
  most?: number;
}) {
  const { t } = useTranslation('dashboard');
  const words = useFindingWords(currency);
  if (findings.length === 0) {
    return <NoRecords title={t('review_none')}>{t('review_none_why')}</NoRecords>;
  }
  return (
    <ul className={styles['findings']}>
      {[...findings]
        .sort(byGravity)
        .slice(0, most)
        .map((finding) => (
          <li key={finding.id}>
            <Diamond severity={finding.severity} label={words.severity(finding)} />
            <div>
              <PageLink to={`/anomalies?c=${finding.id}`} className={styles['name']}>
                {keepTogether(finding.subject.name)}
              </PageLink>
              <span className={styles['second']}>{words.sentence(finding)}</span>
            </div>
            <div className={styles['right']}>
              <span>{words.days(finding)}</span>
              <b className={cx(finding.effect_minor < 0 && styles['bad'])}>
                {formatMoney(finding.effect_minor, currency, { signed: true })}
              </b>
            </div>
          </li>
        ))}
    </ul>
  );
}
