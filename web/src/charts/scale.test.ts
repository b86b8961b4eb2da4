import { describe, expect, test } from 'vitest';
import { datedColumns, intoWeeks, niceTicks, stretches, type ChartDay } from './scale';

describe('ticks', () => {
  test.each([
    [1_467_613, 4, [0, 400_000, 800_000, 1_200_000, 1_600_000]],
    [250, 5, [0, 50, 100, 150, 200, 250]],
    [31, 5, [0, 10, 20, 30, 40]],
    [7, 5, [0, 2, 4, 6, 8]],
    [0.3, 5, [0, 0.1, 0.2, 0.3]],
    [1, 4, [0, 0.25, 0.5, 0.75, 1]],
  ])('up to %d in at most %d steps', (max, steps, ticks) => {
    expect(niceTicks(max, steps)).toEqual(ticks);
  });

  test('a graph of nothing still has a ground line', () => {
    expect(niceTicks(0)).toEqual([0, 1]);
    expect(niceTicks(Number.NaN)).toEqual([0, 1]);
  });
});

const from = (first: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => {
    const day = new Date(`${first}T12:00:00Z`);
    day.setUTCDate(day.getUTCDate() + index);
    return day.toISOString().slice(0, 10);
  });

describe('dates below', () => {
  test('stand under Mondays', () => {
    // 1 November 2026 is a Sunday.
    expect(datedColumns(from('2026-11-01', 28), 30)).toEqual([1, 8, 15, 22]);
  });

  test('under every second Monday where there is little room', () => {
    expect(datedColumns(from('2026-11-01', 28), 6)).toEqual([1, 15]);
  });

  test('under every column that has room where the columns are weeks or few days', () => {
    const weeks = from('2026-11-02', 50).filter((_, index) => index % 7 === 0);
    expect(datedColumns(weeks, 32)).toEqual([0, 2, 4, 6]);
    expect(datedColumns(['2026-11-28'], 300)).toEqual([0]);
  });
});

test('weeks begin on Monday and keep the sum', () => {
  const days: ChartDay[] = from('2026-11-01', 10).map((day, index) => ({ day, value: index + 1 }));
  expect(intoWeeks(days)).toEqual([
    { day: '2026-11-01', value: 1 },
    { day: '2026-11-02', value: 35 },
    { day: '2026-11-09', value: 19 },
  ]);
});

test('the band stops at a closed day', () => {
  const expected = { middle: 2, low: 1, high: 3 };
  const days: ChartDay[] = [
    { day: '2026-12-23', value: 4 },
    { day: '2026-12-24', expected },
    { day: '2026-12-25', expected, closed: 'fermé' },
    { day: '2026-12-26', expected },
    { day: '2026-12-27', expected },
  ];
  expect(stretches(days)).toEqual([
    [1, 2],
    [3, 5],
  ]);
});
