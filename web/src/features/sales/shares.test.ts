import { expect, test } from 'vitest';
import type { Schemas } from '@/api/client';
import { leftMilli, partMinor } from './shares';

type Line = Schemas['SaleLine'];

const line = (quantity: number, total_minor: number, refunded_quantity = 0): Line => ({
  id: 'line',
  product_id: 'rice',
  product_name: 'Riz',
  quantity,
  unit: 'kg',
  unit_price_minor: 1,
  discount_minor: 0,
  tax_rate_bp: 1600,
  tax_minor: 0,
  total_minor,
  refunded_quantity,
});

const sale = (sold: Line, back: number[]): Schemas['Sale'] =>
  ({
    currency: 'CDF',
    lines: [sold],
    refunds: back.map((total_minor) => ({
      lines: [{ sale_line_id: 'line', total_minor, quantity: 1, tax_minor: 0, restock: true }],
    })),
  }) as unknown as Schemas['Sale'];

test('parts are whole francs, and the last one takes the rest', () => {
  // 1 000 FC for three: the same figures as the server's own test.
  const back: number[] = [];
  for (const expected of [333_00, 334_00, 333_00]) {
    const sold = line(3, 1_000_00, back.length);
    const part = partMinor(sale(sold, back), sold, 1000);
    expect(part).toBe(expected);
    back.push(part ?? 0);
  }
});

test('a line of before, refunded in centimes, goes on as it began', () => {
  const sold = line(3, 1_000_00, 1);
  expect(partMinor(sale(sold, [333_33]), sold, 1000)).toBe(333_34);
});

test('more than is left does not come back', () => {
  const sold = line(2.5, 1_000_00, 2);
  expect(leftMilli(sold)).toBe(500);
  expect(partMinor(sale(sold, [800_00]), sold, 750)).toBeUndefined();
  expect(partMinor(sale(sold, [800_00]), sold, 500)).toBe(200_00);
});
