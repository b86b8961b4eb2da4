import { useTranslation } from 'react-i18next';
import { Table } from '@/ui/Table';
import styles from './charts.module.css';
import type { ChartDay } from './scale';

/** The same data as a table, one press away, and in print. */
export function ChartFigures({
  label,
  days,
  nameOf,
  format,
  weekly,
}: {
  label: string;
  days: readonly ChartDay[];
  nameOf: (day: ChartDay) => string;
  format: (value: number) => string;
  weekly: boolean;
}) {
  const { t } = useTranslation('charts');
  const hasForecast = days.some((day) => day.expected);
  const figure = (value: number | undefined) => (value === undefined ? '–' : format(value));
  return (
    <details className={styles['figures']}>
      <summary>{t('figures')}</summary>
      <Table<ChartDay>
        caption={label}
        rows={days}
        rowKey={(day) => day.day}
        columns={[
          { key: 'day', head: t(weekly ? 'week' : 'day'), rowHead: true, cell: nameOf },
          { key: 'value', head: t('sold'), figure: true, cell: (day) => figure(day.value) },
          ...(hasForecast
            ? [
                {
                  key: 'middle',
                  head: t('expected'),
                  figure: true,
                  cell: (day: ChartDay) => figure(day.expected?.middle),
                },
                {
                  key: 'band',
                  head: t('between'),
                  figure: true,
                  quiet: true,
                  cell: (day: ChartDay) =>
                    day.expected
                      ? t('and', {
                          low: format(day.expected.low),
                          high: format(day.expected.high),
                        })
                      : '–',
                },
              ]
            : []),
        ]}
      />
    </details>
  );
}
