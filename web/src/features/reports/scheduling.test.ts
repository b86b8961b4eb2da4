import { describe, expect, test } from 'vitest';
import { KINDS } from './kinds';
import { addressesIn, cronOf, daysFor, usualFor, whenOf, type When } from './scheduling';

const when = (rest: Partial<When>): When => ({
  every: 'day',
  weekday: 1,
  day: 1,
  time: '07:00',
  ...rest,
});

describe('how often', () => {
  test.each<[Partial<When>, string]>([
    [{}, '0 7 * * *'],
    [{ time: '18:30' }, '30 18 * * *'],
    [{ every: 'week', weekday: 5 }, '0 7 * * 5'],
    [{ every: 'week', weekday: 7 }, '0 7 * * 7'],
    [{ every: 'month', day: 28, time: '00:05' }, '5 0 28 * *'],
  ])('%o is %s, and back', (chosen, cron) => {
    expect(cronOf(when(chosen))).toBe(cron);
    expect(whenOf(cron)).toEqual(when(chosen));
  });

  test('Sunday may be 0', () => {
    expect(whenOf('0 7 * * 0')).toEqual(when({ every: 'week', weekday: 7 }));
  });

  test.each(['*/15 * * * *', '0 7 1 * 1', '0 7 31 * *', '0 7 * 6 *', '0 25 * * *', '0 7 * * MON'])(
    '%s has no such words',
    (cron) => {
      expect(whenOf(cron)).toBeUndefined();
    },
  );

  test('without a time there is none', () => {
    expect(cronOf(when({ time: '' }))).toBeUndefined();
  });
});

test('what is usual for a report is among what it may be about', () => {
  for (const { kind } of KINDS) {
    const { period, when: usual } = usualFor(kind);
    expect(daysFor(kind), kind).toContain(period);
    expect(cronOf(usual), kind).toBeDefined();
  }
  expect(daysFor('daily_close')).toEqual(['yesterday', 'today']);
  expect(daysFor('low_stock')).toEqual(['today']);
});

test('addresses stand in lines or between commas, each once', () => {
  expect(addressesIn(' a@b.cd, c@d.cd;\n a@b.cd \n')).toEqual(['a@b.cd', 'c@d.cd']);
  expect(addressesIn('  ')).toEqual([]);
});
