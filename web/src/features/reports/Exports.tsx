import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { download } from '@/api/download';
import { asProblem, problemSentence } from '@/api/problem';
import { dayMoment, formatDate } from '@/format/dates';
import { currentLanguage } from '@/i18n';
import { Button } from '@/ui/Button';
import type { Period } from '@/ui/figures';
import { Section } from '@/ui/page';
import { toast } from '@/ui/toasts';
import styles from './reports.module.css';

const TABLES = ['products', 'sales', 'movements'] as const;
const FORMATS = ['xlsx', 'csv'] as const;

/** Whole tables as workbooks and CSV; sales of the period that is chosen above. */
export function Exports({ period }: { period: Period }) {
  const { t } = useTranslation('reports');
  const [under, setUnder] = useState<string>();
  const take = async (table: (typeof TABLES)[number], format: (typeof FORMATS)[number]) => {
    const query = new URLSearchParams({ locale: currentLanguage() });
    if (table === 'sales') {
      query.set('from', period.from);
      query.set('to', period.to);
    }
    setUnder(`${table}.${format}`);
    try {
      await download(
        `/api/v1/exports/${table}.${format}?${query.toString()}`,
        `${table}.${format}`,
      );
    } catch (failure) {
      toast(problemSentence(asProblem(failure)), { bad: true });
    } finally {
      setUnder(undefined);
    }
  };
  const days = {
    from: formatDate(dayMoment(period.from)),
    to: formatDate(dayMoment(period.to)),
  };
  return (
    <Section title={t('exports')}>
      <ul className={styles['exports']}>
        {TABLES.map((table) => (
          <li key={table}>
            <div>
              <strong>{t(`export.${table}`)}</strong>
              <span>{t(`export_about.${table}`, days)}</span>
            </div>
            {FORMATS.map((format) => {
              const name = format === 'xlsx' ? 'Excel' : 'CSV';
              return (
                <Button
                  key={format}
                  disabled={under !== undefined}
                  aria-label={`${t(`export.${table}`)}, ${name}`}
                  onClick={() => void take(table, format)}
                >
                  {under === `${table}.${format}` ? t('downloading') : name}
                </Button>
              );
            })}
          </li>
        ))}
      </ul>
    </Section>
  );
}
