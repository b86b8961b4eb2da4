import { expect, test } from 'vitest';
import { code128 } from './code128';
import { shortPerson, taxRows } from './model';
import type { ReceiptFacts } from '@/outbox/entry';

test('a code of six digits is three pairs: start, pairs, check, stop', () => {
  const widths = code128('047757');
  // 11 modules for each of start, three pairs and check, 13 for stop.
  expect(widths.reduce((sum, width) => sum + width, 0)).toBe(5 * 11 + 13);
  expect(widths.slice(0, 6)).toEqual([2, 1, 1, 2, 3, 2]);
});

test('the check character is that of the standard', () => {
  // "PJJ123C" in set B: 104 + 48 + 2·42 + 3·42 + 4·17 + 5·18 + 6·19 + 7·35 is 55 modulo 103.
  const widths = code128('PJJ123C').join('');
  expect(widths.slice(8 * 6, 9 * 6)).toBe('311321');
});

test('people are short on a receipt', () => {
  expect([shortPerson('Esther Kavira'), shortPerson('Furaha')]).toEqual(['Esther K.', 'Furaha']);
});

test('taxes stand by rate, the highest is A, and add up', () => {
  const line = (taxRateBp: number, totalMinor: number, taxMinor: number) => ({
    name: '',
    unit: 'piece',
    quantity: 1,
    unitPriceMinor: totalMinor,
    subtotalMinor: totalMinor,
    discountMinor: 0,
    discountReason: '',
    taxRateBp,
    taxMinor,
    totalMinor,
  });
  const facts = { lines: [line(0, 2_360_000, 0), line(1600, 3_660_000, 504_828)] };
  expect(taxRows(facts as unknown as ReceiptFacts)).toEqual([
    { letter: 'A', rateBp: 1600, netMinor: 3_155_172, taxMinor: 504_828, grossMinor: 3_660_000 },
    { letter: 'B', rateBp: 0, netMinor: 2_360_000, taxMinor: 0, grossMinor: 2_360_000 },
  ]);
});
