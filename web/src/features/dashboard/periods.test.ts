import { describe, expect, test } from 'vitest';
import { addDays } from '@/format/dates';
import {
  before,
  daysIn,
  growth,
  neededDays,
  totalsOf,
  usualDay,
  within,
  type Point,
} from './periods';

const point = (date: string, withTax: number, sales: number, refunds = 0): Point => ({
  date,
  revenue_with_tax_minor: withTax,
  revenue_minor: withTax - 100,
  margin_minor: 50,
  refunds_minor: refunds,
  sales,
});

describe('the period before', () => {
  test.each([
    ['2026-11-02', '2026-11-29', '2026-10-05', '2026-11-01'],
    ['2026-11-29', '2026-11-29', '2026-11-22', '2026-11-22'],
    ['2026-11-23', '2026-11-29', '2026-11-16', '2026-11-22'],
    // Ten days move by two weeks: weekdays meet themselves.
    ['2026-11-20', '2026-11-29', '2026-11-06', '2026-11-15'],
  ])('of %s to %s begins on the same weekday', (from, to, beforeFrom, beforeTo) => {
    expect(before({ from, to })).toEqual({ from: beforeFrom, to: beforeTo });
  });

  test('one request brings all days: both periods, four weeks, today', () => {
    const day = { from: '2026-11-29', to: '2026-11-29' };
    expect(neededDays(day, '2026-11-30')).toEqual({ from: '2026-11-01', to: '2026-11-30' });
    const month = { from: '2026-11-02', to: '2026-11-29' };
    expect(neededDays(month, '2026-11-30')).toEqual({ from: '2026-10-05', to: '2026-11-30' });
    expect(daysIn(month)).toBe(28);
  });
});

describe('totals', () => {
  const points = [
    point('2026-11-28', 1000, 3),
    point('2026-11-29', 500, 2, 250),
    point('2026-11-30', 9999, 1),
  ];

  test('are of the days of the period alone; the basket counts what was paid before refunds', () => {
    const period = { from: '2026-11-28', to: '2026-11-29' };
    expect(totalsOf(within(points, period))).toEqual({
      withTaxMinor: 1500,
      netMinor: 1300,
      marginMinor: 100,
      sales: 5,
      basketMinor: 350,
    });
  });

  test('of nothing are nothing', () => {
    expect(totalsOf([]).basketMinor).toBe(0);
    expect(growth(5, 0)).toBeUndefined();
    expect(growth(110, 100)).toBeCloseTo(0.1);
  });
});

describe('the usual day', () => {
  test('is the mean of the same weekday of the four weeks before', () => {
    const points = [7, 14, 21, 28].map((back, index) =>
      point(addDays('2026-11-29', -back), 1000 * (index + 1), index),
    );
    expect(usualDay(points, '2026-11-29')).toMatchObject({ withTaxMinor: 2500, sales: 1.5 });
  });

  test('is not known in the first weeks of a shop', () => {
    expect(usualDay([point('2026-11-22', 1000, 1)], '2026-11-29')).toBeUndefined();
  });
});
