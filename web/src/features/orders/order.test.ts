import { describe, expect, test } from 'vitest';
import { linesOf, sorted, totalsOf, withinBudget, type Advice } from './order';

const advice = (product_id: string, suggested_quantity: number, margin: number, days: number) =>
  ({
    product_id,
    name: product_id,
    suggested_quantity,
    margin_at_risk_minor: margin,
    days_of_cover: days,
  }) as Advice;

const list = [
  advice('oil', 59, 500_000, 2),
  advice('can', 14, 400_000, 0),
  advice('fish', 17, 300_000, 3),
];
const costs = new Map([
  ['oil', 670_200],
  ['can', 3_310_700],
]);

describe('an order', () => {
  test('is what is proposed, with what somebody changed', () => {
    const lines = linesOf(list, costs, new Map([['can', { quantity: 10 }]]));
    expect(lines.map(({ quantity, chosen }) => [quantity, chosen])).toEqual([
      [59, true],
      [10, true],
      [17, true],
    ]);
    // 59 × 6 702 = 395 418; 10 × 33 107 = 331 070; the fish has no cost.
    expect(totalsOf(lines, 'CDF')).toEqual({
      costMinor: 72_648_800,
      marginAtRiskMinor: 1_200_000,
      chosen: 3,
      withoutCost: 1,
    });
  });

  test('what is not chosen costs nothing and protects nothing', () => {
    const lines = linesOf(list, costs, new Map([['oil', { chosen: false }]]));
    expect(totalsOf(lines, 'CDF')).toMatchObject({ chosen: 2, marginAtRiskMinor: 700_000 });
  });

  test('a budget keeps the largest losses, and a smaller line where a dear one has no room', () => {
    const known = new Map([...costs, ['fish', 1_800_800]]);
    const lines = linesOf(list, known, new Map());
    // The oil (395 418 FC) fits, the cans (463 498 FC) do not, the fish (306 136 FC) does.
    expect([...withinBudget(lines, 75_000_000, 'CDF')]).toEqual(['oil', 'fish']);
  });

  test('goes by loss, by days, by name, by amount', () => {
    const lines = linesOf(list, costs, new Map());
    const ids = (sort: Parameters<typeof sorted>[1]) =>
      sorted(lines, sort, 'CDF').map((line) => line.advice.product_id);
    expect(ids('loss')).toEqual(['oil', 'can', 'fish']);
    expect(ids('days')).toEqual(['can', 'oil', 'fish']);
    expect(ids('name')).toEqual(['can', 'fish', 'oil']);
    expect(ids('amount')).toEqual(['can', 'oil', 'fish']);
  });
});
