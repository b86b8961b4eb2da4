import { useAddress } from '@/app/useAddress';
import { addDays, shopDay } from '@/format/dates';
import { lastDays, type Period } from '@/ui/figures';
import { compareOf, compareWord, daysIn, type CompareWith } from './periods';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DEFAULT_DAYS = 28;
const MOST_DAYS = 1830;

/**
 * The period of the address: `jours=7` are the last seven whole days, `du` and `au` any two. Today is
 * not over, and would make every comparison look bad: it has a row of its own.
 */
export function usePeriod(): {
  period: Period;
  yesterday: string;
  today: string;
  set: (period: Period) => void;
  compare: CompareWith;
  setCompare: (compare: CompareWith) => void;
} {
  const address = useAddress();
  const today = shopDay();
  const yesterday = addDays(today, -1);
  const [from, to] = [address.get('du'), address.get('au')];
  const days = Number(address.get('jours') || DEFAULT_DAYS);
  const free =
    DAY.test(from) && DAY.test(to) && from <= to && daysIn({ from, to }) <= MOST_DAYS
      ? { from, to: to > yesterday ? yesterday : to }
      : undefined;
  const whole = lastDays(
    days > 0 && days <= MOST_DAYS ? Math.floor(days) : DEFAULT_DAYS,
    yesterday,
  );
  return {
    period: free && free.from <= free.to ? free : whole,
    yesterday,
    today,
    compare: compareOf(address.get('avec')),
    setCompare: (compare) => {
      address.set({ avec: compareWord(compare) });
    },
    set: (period) => {
      const isLast = period.to === yesterday && [1, 7, 28, 91].includes(daysIn(period));
      address.set(
        isLast
          ? { jours: daysIn(period) === DEFAULT_DAYS ? '' : `${daysIn(period)}`, du: '', au: '' }
          : { jours: '', du: period.from, au: period.to },
      );
    },
  };
}
