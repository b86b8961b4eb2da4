import { timeZone } from '@/format/dates';
import { locale } from '@/format/locale';

/** "mars"; the first months of a year name it: "mars 2026". */
export function formatMonth(moment: number): string {
  const date = new Date(moment);
  const isFirst = date.getUTCMonth() < 3;
  return new Intl.DateTimeFormat(locale(), {
    timeZone: timeZone(),
    month: 'short',
    ...(isFirst && { year: 'numeric' }),
  }).format(date);
}
