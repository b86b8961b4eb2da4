import { describe, expect, test } from 'vitest';
import { addLine, averageCost, changeLine, dropLine, type Goods, type Line } from './lines';

const goods = (id: string): Goods => ({
  id,
  name: id,
  unit: 'piece',
  on_hand: 8,
  cost_minor: 670_200,
  price_minor: 790_000,
  tax_rate_bp: 1600,
});

describe('lines of a delivery', () => {
  test('a scan of what is there is one more of it, not a second line', () => {
    let lines: Line[] = [];
    for (const id of ['oil', 'rice', 'oil']) lines = addLine(lines, goods(id));
    expect(lines.map(({ product: { id }, quantity }) => [id, quantity])).toEqual([
      ['rice', 1],
      ['oil', 2],
    ]);
  });

  test('weights add up without dust', () => {
    const lines = addLine(addLine([], goods('rice'), 0.1), goods('rice'), 0.2);
    expect(lines[0]?.quantity).toBe(0.3);
  });

  test('a line changes and goes alone', () => {
    const lines = changeLine(addLine([], goods('oil')), 'oil', { costMinor: 650_000 });
    expect(lines[0]?.costMinor).toBe(650_000);
    expect(dropLine(lines, 'oil')).toEqual([]);
  });
});

describe('the cost after a delivery', () => {
  test('is the average by quantity, half-up', () => {
    expect(averageCost(8, 670_200, 24, 650_000)).toBe(655_050);
    expect(averageCost(1, 1, 1, 2)).toBe(2);
  });

  test('is the new one where nothing was there', () => {
    expect(averageCost(0, 670_200, 24, 650_000)).toBe(650_000);
    expect(averageCost(-3, 670_200, 24, 650_000)).toBe(650_000);
    expect(averageCost(8, undefined, 24, 650_000)).toBe(650_000);
  });
});
