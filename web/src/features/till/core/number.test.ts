import { expect, test } from 'vitest';
import { numberOf, parseTillName } from './number';

test('a till has a short name of letters and digits that begins with a letter', () => {
  expect(['C1', ' c2 ', 'bar', 'K', 'CA12'].map(parseTillName)).toEqual([
    'C1',
    'C2',
    'BAR',
    'K',
    'CA12',
  ]);
  for (const wrong of ['', ' ', '1C', 'C-1', 'C 1', 'CAISSE', 'É1', 'C1-000482'])
    expect(parseTillName(wrong), wrong).toBeUndefined();
});

test('the number is the name and the count', () => {
  expect(numberOf('C2', 482)).toBe('C2-000482');
  expect(numberOf('C2', 1_234_567)).toBe('C2-1234567');
});
