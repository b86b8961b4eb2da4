import { describe, expect, test } from 'vitest';
import { addDays } from '@/format/dates';
import {
  comingDays,
  COMPARES,
  compareOf,
  compareWord,
  daysIn,
  drawnDays,
  findingOfGraph,
  growth,
  lossRows,
  meanAndBest,
  type Dashboard,
  type Point,
} from './periods';

const point = (date: string, withTax: number, sales = 1): Point => ({
  date,
  revenue_with_tax_minor: withTax,
  sales,
});
const sixWeeks = Array.from({ length: 42 }, (_, index) =>
  point(addDays('2026-10-19', index), 1000 + index),
);

describe('the days of the graph', () => {
  const month = { from: '2026-11-02', to: '2026-11-29' };

  test('are the six weeks given; on a phone the four that were chosen', () => {
    expect(drawnDays(sixWeeks, month, { phone: false })).toHaveLength(42);
    expect(drawnDays(sixWeeks, month, { phone: true })[0]?.date).toBe('2026-11-02');
    // Five weeks were asked for: a phone shows them all.
    const five = { from: '2026-10-26', to: '2026-11-29' };
    expect(drawnDays(sixWeeks, five, { phone: true })[0]?.date).toBe('2026-10-26');
  });

  test('of a longer period are its own', () => {
    const long = { from: '2026-10-15', to: '2026-11-29' };
    expect(daysIn(long)).toBe(46);
    const days = [point('2026-10-14', 5), ...sixWeeks];
    expect(drawnDays(days, long, { phone: true })).toHaveLength(42);
  });

  test('have a mean and a best one, unless nothing was sold', () => {
    expect(meanAndBest([point('2026-11-01', 100), point('2026-11-02', 301)])).toEqual({
      meanMinor: 201,
      best: point('2026-11-02', 301),
    });
    expect(meanAndBest([point('2026-11-01', 0, 0)])).toBeUndefined();
    expect(meanAndBest([])).toBeUndefined();
  });
});

describe('the coming days', () => {
  const day = { mean_minor: 50, lo80_minor: 30, hi80_minor: 80, closed: false };
  const forecast = {
    days: [
      { ...day, date: '2026-11-30' },
      { ...day, date: '2026-12-01', closed: true },
    ],
  } as Dashboard['forecast'];

  test('follow on the last one, with their band; a closed one is named', () => {
    expect(comingDays(forecast, '2026-11-29', 'fermé')).toEqual([
      { day: '2026-11-30', expected: { middle: 50, low: 30, high: 80 } },
      { day: '2026-12-01', expected: { middle: 50, low: 30, high: 80 }, closed: 'fermé' },
    ]);
  });

  test('are not drawn behind a period that ended earlier, nor without a model', () => {
    expect(comingDays(forecast, '2026-11-20', 'fermé')).toEqual([]);
    expect(comingDays(null, '2026-11-29', 'fermé')).toEqual([]);
    expect(comingDays(forecast, undefined, 'fermé')).toEqual([]);
  });
});

describe('the finding that the graph names', () => {
  const finding = (day: string, effect: number, to = day) =>
    ({ from: day, to, effect_minor: effect, kind: 'spike' }) as const;
  const points = [point('2026-11-01', 1000), point('2026-11-02', 1000)];

  test('is the one that moved a day most', () => {
    const found = findingOfGraph(
      [finding('2026-11-01', 150), finding('2026-11-02', -400), finding('2026-10-01', 900)],
      points,
    );
    expect(found?.from).toBe('2026-11-02');
  });

  test('is none where a bar would not show it, or where it lasts for days', () => {
    expect(findingOfGraph([finding('2026-11-01', 99)], points)).toBeUndefined();
    expect(findingOfGraph([finding('2026-11-01', 900, '2026-11-02')], points)).toBeUndefined();
    expect(
      findingOfGraph([finding('2026-11-01', 900)], [point('2026-11-01', 0, 0)]),
    ).toBeUndefined();
  });
});

test('the losses beyond the largest are added up', () => {
  const loss = (lost_minor: number) => ({
    kind: 'count' as const,
    reason: null,
    movements: 2,
    lost_minor,
  });
  expect(lossRows([loss(50), loss(40), loss(5), loss(-3)], 2)).toEqual({
    shown: [loss(50), loss(40)],
    others: { movements: 4, lostMinor: 2 },
  });
});

test('there is no growth from nothing', () => {
  expect(growth(5, 0)).toBeUndefined();
  expect(growth(110, 100)).toBeCloseTo(0.1);
});

test('the comparison stands in the address, and what is no word of it is the usual one', () => {
  for (const compare of COMPARES) expect(compareOf(compareWord(compare))).toBe(compare);
  expect(compareOf('siecle')).toBe('previous_weekdays');
  expect(compareWord('previous_weekdays'), 'a short address').toBe('');
});
