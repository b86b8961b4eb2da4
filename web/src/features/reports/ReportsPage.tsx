import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useAddress } from '@/app/useAddress';
import { useMay } from '@/auth/useSession';
import { shopDay } from '@/format/dates';
import { FilterSelect } from '@/ui/marks';
import { Page, PageHeader, Section } from '@/ui/page';
import { usePhone } from '@/ui/useMedia';
import { Exports } from './Exports';
import { askedOf, daysOf, kindOf, KINDS } from './kinds';
import { OrderForm, type Ordered } from './OrderForm';
import { ReportList } from './ReportList';
import { Schedules } from './Schedules';
import styles from './reports.module.css';

/** Choose a report, order it as PDF or workbook, take it; and tables as they are. */
export default function ReportsPage() {
  const { t } = useTranslation('reports');
  const may = useMay();
  const { get, set } = useAddress();
  const [ordered, setOrdered] = useState<Ordered[]>([]);
  const today = shopDay();
  const kind = kindOf(get('r'));
  const asked = askedOf(get, today);
  const phone = usePhone();
  const tables = may('exportData') ? <Exports period={daysOf('sales', asked, today)} /> : null;
  return (
    <Page>
      <PageHeader title={t('title')} counts={t('counts')} />
      <div className={styles['columns']}>
        {phone ? (
          <p className={styles['choice']}>
            <FilterSelect
              label={t('report')}
              value={kind}
              options={KINDS.map((one) => ({ value: one.kind, label: t(`kind.${one.kind}`) }))}
              onChange={(r) => {
                set({ r });
              }}
            />
          </p>
        ) : (
          <div>
            <nav aria-label={t('choose')} className={styles['kinds']}>
              {KINDS.map((one) => (
                <Link
                  key={one.kind}
                  href={`/rapports?r=${one.kind}`}
                  aria-current={one.kind === kind ? 'page' : undefined}
                >
                  <strong>{t(`kind.${one.kind}`)}</strong>
                  <span>{t(`about.${one.kind}`)}</span>
                </Link>
              ))}
            </nav>
            {tables}
          </div>
        )}
        <div>
          <Section title={t(`kind.${kind}`)} note={t(`about.${kind}`)}>
            <OrderForm
              key={kind}
              kind={kind}
              asked={asked}
              today={today}
              onChange={set}
              onOrdered={(next) => {
                setOrdered((all) => [next, ...all.filter((one) => one.id !== next.id)]);
              }}
            />
          </Section>
          <ReportList
            ordered={ordered}
            action={may('readJobs') ? <Link href="/travaux">{t('jobs')}</Link> : null}
          />
          {may('createReports') && <Schedules kind={kind} />}
          {phone && tables}
        </div>
      </div>
    </Page>
  );
}
