import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Finding } from '@/findings/words';
import { dayMoment, formatTime, formatWeekday } from '@/format/dates';
import { currencySign, formatAmount } from '@/format/money';
import { formatQuantity } from '@/format/quantity';
import type { Currency } from '@/money/currencies';
import { Table, type Column } from '@/ui/Table';
import styles from './anomalies.module.css';

type Evidence = Finding['evidence'][number];

/** The records that a finding is based on. */
export function EvidenceTable({ finding, currency }: { finding: Finding; currency: Currency }) {
  const { t } = useTranslation('anomalies');
  const { evidence, evidence_total: total } = finding;
  if (evidence.length === 0) return null;
  const day = (one: Evidence) => formatWeekday(dayMoment(one.date));
  const nameOf = (one: Evidence) => {
    const number = formatQuantity(one.number ?? 0);
    switch (one.type) {
      case 'sale':
        return `${t('ticket')} ${number}`;
      case 'refund':
        return t('refund_of', { number });
      case 'count':
        return t('count_of', { day: day(one) });
      case 'week':
        return t('week_of', { day: day(one), number });
      default:
        return day(one);
    }
  };
  const hasTickets = evidence.some((one) => one.type === 'sale' || one.type === 'refund');
  const columns: Column<Evidence>[] = [
    {
      key: 'what',
      head: t(hasTickets ? 'ticket' : 'day'),
      rowHead: true,
      cell: (one) =>
        (one.type === 'sale' || one.type === 'refund') && one.number !== null ? (
          <Link href={`/ventes?numero=${one.number}`}>{nameOf(one)}</Link>
        ) : (
          nameOf(one)
        ),
    },
  ];
  if (evidence.some((one) => one.at !== null)) {
    columns.push({
      key: 'when',
      head: t('when'),
      quiet: true,
      cell: (one) => (one.at === null ? day(one) : `${day(one)} ${formatTime(one.at)}`),
    });
  }
  if (evidence.some((one) => one.quantity !== null)) {
    columns.push({
      key: 'quantity',
      head: t('quantity'),
      figure: true,
      cell: (one) => (one.quantity === null ? '–' : formatQuantity(one.quantity)),
    });
  }
  if (evidence.some((one) => one.amount_minor !== null)) {
    columns.push({
      key: 'amount',
      head: t('amount', { unit: currencySign(currency) }),
      figure: true,
      cell: (one) =>
        one.amount_minor === null ? '–' : <b>{formatAmount(one.amount_minor, currency)}</b>,
    });
  }
  return (
    <section className={styles['evidence']}>
      <h3>
        {t('evidence')}{' '}
        {total > evidence.length && (
          <small>
            {t('evidence_shown', {
              shown: formatQuantity(evidence.length),
              all: formatQuantity(total),
            })}
          </small>
        )}
      </h3>
      <Table<Evidence>
        caption={t('evidence')}
        rows={evidence}
        rowKey={(one) => `${one.type} ${one.id ?? ''} ${one.date} ${one.number ?? ''}`}
        columns={columns}
      />
    </section>
  );
}
