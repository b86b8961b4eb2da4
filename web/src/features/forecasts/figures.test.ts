import { beforeAll, describe, expect, test } from 'vitest';
import { setFormatLanguage } from '@/format/locale';
import { bandOf, formatExpected, formatGain } from './figures';

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
    expect(bandOf({ mean: 10, lo80: 5, hi80: 15 })).toEqual({ from: 0.25, to: 0.75 });
    expect(bandOf({ mean: 10, lo80: -2, hi80: 90 })).toEqual({ from: 0, to: 1 });
  });

  test('of nothing is nothing', () => {
    expect(bandOf({ mean: 0, lo80: 0, hi80: 3 })).toEqual({ from: 0, to: 0 });
  });
});

test('less error than the week before is a minus', () => {
  expect(formatGain(0.73).replace(/\u00a0/g, '_')).toBe('−27_%');
  expect(formatGain(1.04).replace(/\u00a0/g, '_')).toBe('+4_%');
});
