import { beforeAll, describe, expect, test } from 'vitest';
import { setFormatLanguage } from '@/format/locale';
import { bandOf, drawnDays, formatExpected, formatGain, inZone, moneyInZone } from './figures';
import { pastDays } from './queries';

beforeAll(() => {
  setFormatLanguage('fr');
});

test.each([
  [162.749, '163'],
  [10.4, '10'],
  [3.243, '3,2'],
  [0.04, '0'],
])('%d units expected are shown as %s', (units, shown) => {
  expect(formatExpected(units)).toBe(shown);
});

describe('the band on its scale', () => {
  test('lies around the middle, and never leaves the scale', () => {
    expect(bandOf({ mean: 10, low: 5, high: 15 })).toEqual({ from: 0.25, to: 0.75 });
    expect(bandOf({ mean: 10, low: -2, high: 90 })).toEqual({ from: 0, to: 1 });
  });

  test('of nothing is nothing', () => {
    expect(bandOf({ mean: 0, low: 0, high: 3 })).toEqual({ from: 0, to: 0 });
  });
});

test('less error than the week before is a minus', () => {
  expect(formatGain(0.73).replace(/\u00a0/g, '_')).toBe('−27_%');
  expect(formatGain(1.04).replace(/\u00a0/g, '_')).toBe('+4_%');
});

describe('a zone', () => {
  const bands = { lo50: 4, hi50: 6, lo80: 3, hi80: 8, lo95: 1, hi95: 11 };

  test('is one of the three bands, in units or in money', () => {
    expect(inZone({ mean: 5, ...bands }, 50)).toEqual({ mean: 5, low: 4, high: 6 });
    expect(inZone({ mean: 5, ...bands }, 95)).toEqual({ mean: 5, low: 1, high: 11 });
    const money = {
      mean_minor: 500,
      lo50_minor: 400,
      hi50_minor: 600,
      lo80_minor: 300,
      hi80_minor: 800,
      lo95_minor: 100,
      hi95_minor: 1100,
    };
    expect(moneyInZone(money, 80)).toEqual({ mean: 500, low: 300, high: 800 });
  });
});

describe('the days of the graph', () => {
  const banded = { mean: 5, low: 3, high: 8 };
  const words = {
    closed: 'fermé',
    feast: (feast: string) => (feast === 'christmas' ? 'Noël' : feast),
  };

  test('are sold, then expected: today is not over, and stands once', () => {
    expect(
      drawnDays(
        [
          { day: '2026-11-28', value: -1 },
          { day: '2026-11-29', value: 4 },
          { day: '2026-11-30', value: 1 },
        ],
        [
          { day: '2026-11-30', banded, closed: false, feast: null },
          { day: '2026-12-25', banded, closed: true, feast: 'christmas' },
        ],
        words,
      ),
    ).toEqual([
      { day: '2026-11-28', value: 0 },
      { day: '2026-11-29', value: 4 },
      { day: '2026-11-30', expected: { middle: 5, low: 3, high: 8 } },
      {
        day: '2026-12-25',
        expected: { middle: 5, low: 3, high: 8 },
        closed: 'fermé',
        feast: 'Noël',
      },
    ]);
  });

  test('are those that were sold where nothing is forecast', () => {
    expect(drawnDays([{ day: '2026-11-29', value: 4 }], [], words)).toEqual([
      { day: '2026-11-29', value: 4 },
    ]);
  });

  test.each([
    [7, 28],
    [28, 28],
    [90, 56],
  ])('a horizon of %d days stands behind %d that were', (horizon, past) => {
    expect(pastDays(horizon)).toBe(past);
  });
});
