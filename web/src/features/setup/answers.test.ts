import { expect, test } from 'vitest';
import { microsOf } from './answers';

test.each([
  ['2851', 2_851_000_000],
  ['2 850,5', 2_850_500_000],
  ['2850.123456', 2_850_123_456],
  ['', undefined],
  ['0', undefined],
  ['2,8,5', undefined],
  ['abc', undefined],
])('%s is %s millionths', (text, micros) => {
  expect(microsOf(text)).toBe(micros);
});
