import { describe, expect, test } from 'vitest';
import { daysOf, shownOf, usualOf, type DayAround } from './around';

const figures = {
  measure: 'units',
  actual: 252,
  expected: 5,
  expected_low: 0,
  expected_high: 12,
} as const;
const subject = { type: 'product', id: 'p', name: 'Riz' } as const;
const spike = { kind: 'spike', subject, figures, from: '2026-10-18', to: '2026-10-18' } as const;

const day = (date: string, units: number, is_found = false): DayAround => ({
  date,
  is_found,
  units,
  sales: 2,
  revenue_minor: 900,
  revenue_with_tax_minor: 1000,
});

describe('what of a day is drawn', () => {
  test.each([
    [spike, 'units'],
    [{ ...spike, kind: 'price_below_cost', figures: { ...figures, measure: 'minor' } }, 'money'],
    [
      {
        ...spike,
        kind: 'shop_wide',
        subject: { type: 'shop', id: null, name: 'Chez Furaha' },
        figures: { ...figures, measure: 'count' },
      },
      'tickets',
    ],
    [
      {
        ...spike,
        kind: 'refunds_by_cashier',
        subject: { type: 'cashier', id: 'u', name: 'Patient' },
        figures: { ...figures, measure: 'share' },
      },
      'tickets',
    ],
    [
      { ...spike, kind: 'level_shift', subject: { type: 'category', id: 'c', name: 'Riz' } },
      'units',
    ],
  ] as const)('%#', (finding, expected) => {
    expect(shownOf(finding)).toBe(expected);
  });
});

test('the days of the finding stand out, and none falls below the ground', () => {
  const days = [day('2026-10-17', -1), day('2026-10-18', 252, true)];
  expect(daysOf(days, 'units')).toEqual([
    { day: '2026-10-17', value: 0, tone: 'quiet' },
    { day: '2026-10-18', value: 252, tone: 'chili' },
  ]);
  expect(daysOf(days, 'money')[1]?.value).toBe(1000);
  expect(daysOf(days, 'tickets')[1]?.value).toBe(2);
});

test('the usual range belongs to one day that is compared with others', () => {
  expect(usualOf(spike)).toEqual({ low: 0, high: 12 });
  // What is usual for eleven days together is no height of one of them.
  expect(usualOf({ ...spike, kind: 'silence', to: '2026-10-28' })).toBeUndefined();
  expect(usualOf({ ...spike, kind: 'drop', to: '2026-10-20' })).toBeUndefined();
  expect(usualOf({ ...spike, kind: 'unit_slip' })).toBeUndefined();
});
