import { useTranslation } from 'react-i18next';
import { addDays, dayMoment, formatWeekdayName } from '@/format/dates';
import { whenOf } from './scheduling';

const A_MONDAY = '2026-11-30';

/** "lundi": 1 is Monday. */
export const weekdayName = (weekday: number): string =>
  formatWeekdayName(dayMoment(addDays(A_MONDAY, weekday - 1)));

/** How often, in words: "chaque lundi à 07:00". */
export function useWhenWords(): (cron: string) => string {
  const { t } = useTranslation('reports');
  return (cron) => {
    const when = whenOf(cron);
    if (!when) return t('when.other', { cron });
    const { every, day, time } = when;
    return t(every === 'month' && day === 1 ? 'when.first' : `when.${every}`, {
      time,
      day,
      weekday: weekdayName(when.weekday),
    });
  };
}
