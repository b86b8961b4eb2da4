import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { formatMoment } from '@/format/dates';
import { formatQuantity } from '@/format/quantity';
import { ButtonLink } from '@/ui/Button';
import { Section } from '@/ui/page';
import { Table } from '@/ui/Table';
import { fieldName } from './ColumnsStep';
import styles from './imports.module.css';

type Kept = Schemas['ImportKept'];

const COUNTS = [
  'products_archived',
  'products_restored',
  'levels_restored',
  'sales_voided',
  'refunds_voided',
  'kept_count',
] as const;

/** What was taken back, and what stays because something depends on it. */
export function Undone({ undone }: { undone: Schemas['ImportUndone'] }) {
  const { t } = useTranslation('imports');
  // Codes have dots in them; a newer server may have one that is not known here.
  const why = (kept: Kept) =>
    t(`kept/${kept.code}` as 'kept_why', {
      keySeparator: '/',
      field: kept.field ? fieldName(t, kept.field) : '',
      defaultValue: kept.detail,
    });
  return (
    <div className={styles['result']}>
      <Section title={t('undone_title')} note={formatMoment(undone.at)}>
        <dl className={styles['effects']}>
          {COUNTS.filter((name) => undone[name] > 0).map((name) => (
            <div key={name}>
              <dt>{t(`undone.${name}`)}</dt>
              <dd>{formatQuantity(undone[name])}</dd>
            </div>
          ))}
        </dl>
      </Section>
      {undone.kept.length > 0 && (
        <Section title={t('kept_title')}>
          <Table<Kept & { key: string }>
            caption={t('kept_title')}
            rows={undone.kept.map((kept, index) => ({ ...kept, key: String(index) }))}
            rowKey={(kept) => kept.key}
            columns={[
              {
                key: 'row',
                head: t('kept_line'),
                rowHead: true,
                cell: (kept) => (kept.row === undefined ? '–' : formatQuantity(kept.row)),
              },
              { key: 'why', head: t('kept_why'), cell: why },
            ]}
          />
        </Section>
      )}
      <ButtonLink to="/import" look="ink">
        {t('send_another')}
      </ButtonLink>
    </div>
  );
}
