import { expect, test } from 'vitest';
import { changeOf, firstSide, heldRates, microsOf, rateTicks, serviceOf, wholeOf } from './values';

test('whole numbers and shares are refused outside their limits', () => {
  expect([wholeOf('7', 1, 180), wholeOf('0', 1, 180), wholeOf('181', 1, 180)]).toEqual([
    7,
    undefined,
    undefined,
  ]);
  expect(wholeOf('2,5', 1, 180)).toBeUndefined();
  expect([serviceOf('95'), serviceOf('99,9'), serviceOf('99,91'), serviceOf('49')]).toEqual([
    9500,
    9990,
    undefined,
    undefined,
  ]);
});

test('a rate is read in millionths, with a comma or a point', () => {
  expect(microsOf('2\u00a0754')).toBe(2_754_000_000);
  expect(microsOf('2754,5')).toBe(2_754_500_000);
  expect(microsOf('0')).toBeUndefined();
  expect(microsOf('1,2,3')).toBeUndefined();
});

test('a first rate counts the side that people say', () => {
  expect(firstSide('CDF', 'USD')).toBe('base_per_foreign');
  expect(firstSide('USD', 'CDF')).toBe('foreign_per_base');
  expect(firstSide('USD', 'EUR')).toBe('base_per_foreign');
});

test('a change is signed by the worth of the foreign currency, whatever the side', () => {
  const before = { rate_micros: 2_000_000_000, rate_side: 'base_per_foreign' } as const;
  expect(changeOf(before, 2_200_000_000, 'base_per_foreign')).toBeCloseTo(0.1);
  const dollars = { rate_micros: 2_000_000_000, rate_side: 'foreign_per_base' } as const;
  // More francs for a dollar: the franc is worth less.
  expect(changeOf(dollars, 2_500_000_000, 'foreign_per_base')).toBeCloseTo(-0.2);
});

test('a year of rates begins with the one that held then, without what was withdrawn', () => {
  const day = (n: number) => new Date(Date.UTC(2026, 0, n)).toISOString();
  const rates = [
    { valid_from: day(20), rate_micros: 4 },
    { valid_from: day(12), rate_micros: 30, withdrawn_at: day(13) },
    { valid_from: day(10), rate_micros: 2 },
    { valid_from: day(1), rate_micros: 1 },
    { valid_from: day(40), rate_micros: 9 },
  ];
  const at = (n: number) => Date.UTC(2026, 0, n);
  expect(heldRates(rates, at(5), at(31))).toEqual([
    { at: at(5), micros: 1 },
    { at: at(10), micros: 2 },
    { at: at(20), micros: 4 },
  ]);
});

test('ticks stand around the rates, on round figures, for rates that never move as well', () => {
  expect(rateTicks(2672, 2831)).toEqual([2650, 2700, 2750, 2800, 2850]);
  const flat = rateTicks(2850, 2850);
  expect(flat.at(0)).toBeLessThanOrEqual(2850);
  expect(flat.at(-1)).toBeGreaterThanOrEqual(2850);
  const small = rateTicks(0.00035, 0.00036);
  expect(small.length).toBeLessThan(8);
});
