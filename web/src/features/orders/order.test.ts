import { describe, expect, test } from 'vitest';
import {
  amountMinor,
  filtered,
  isOther,
  linesOf,
  riskIn,
  sorted,
  suppliersOf,
  totalsOf,
  withinBudget,
  type Advice,
} from './order';

const advice = (
  product_id: string,
  suggested_quantity: number,
  unit_cost_minor: number,
  sales: number,
  rest: Partial<Advice> = {},
): Advice => ({
  product_id,
  sku: product_id,
  name: product_id,
  category_id: null,
  unit: 'piece',
  supplier: null,
  basis: 'forecast',
  severity: 'low',
  need: suggested_quantity,
  reserve: 0,
  on_hand: 0,
  days_of_cover: null,
  lead_time_days: 7,
  suggested_quantity,
  unit_cost_minor,
  order_cost_minor: suggested_quantity * unit_cost_minor,
  stock_out_probability: 0.9,
  margin_at_risk_minor: 1000 - sales / 1000,
  sales_at_risk_minor: sales,
  ...rest,
});

const list = [
  advice('oil', 59, 670_200, 500_000, { severity: 'critical', supplier: 'Kivu Gros' }),
  advice('can', 14, 3_310_700, 400_000, { severity: 'medium', category_id: 'c1' }),
  advice('fish', 17, 1_800_800, 300_000, { severity: 'high', supplier: 'Birere' }),
];
const covers = new Map([
  ['oil', { days: 2, leadTimeDays: 7 }],
  ['can', { days: 0, leadTimeDays: 7 }],
]);
const lines = linesOf(list, covers, new Map());

describe('an order', () => {
  test('is what is proposed, with what somebody changed', () => {
    const changed = linesOf(list, covers, new Map([['can', { quantity: 10 }]]));
    expect(changed.map(({ quantity, chosen }) => [quantity, chosen])).toEqual([
      [59, true],
      [10, true],
      [17, true],
    ]);
    // 59 × 6 702 = 395 418; 10 × 33 107 = 331 070; 17 × 18 008 = 306 136.
    expect(totalsOf(changed, 'CDF')).toEqual({
      costMinor: 103_262_400,
      salesAtRiskMinor: 1_200_000,
      chosen: 3,
    });
  });

  test('as proposed costs what the server says, to the last step', () => {
    const odd = advice('odd', 3, 333, 1, { order_cost_minor: 999 });
    const [asProposed] = linesOf([odd], covers, new Map());
    expect(asProposed && amountMinor(asProposed, 'CDF')).toBe(999);
    // Another quantity is worked out here, in francs that can be shown.
    const [changed] = linesOf([odd], covers, new Map([['odd', { quantity: 4 }]]));
    expect(changed && amountMinor(changed, 'CDF')).toBe(1300);
  });

  test('what is not chosen costs nothing and protects nothing', () => {
    const some = linesOf(list, covers, new Map([['oil', { chosen: false }]]));
    expect(totalsOf(some, 'CDF')).toMatchObject({ chosen: 2, salesAtRiskMinor: 700_000 });
  });

  test('a budget keeps the largest losses, and a smaller line where a dear one has no room', () => {
    // The oil (395 418 FC) fits, the cans (463 498 FC) do not, the fish (306 136 FC) does.
    expect([...withinBudget(lines, 75_000_000, 'CDF')]).toEqual(['oil', 'fish']);
  });

  test('goes by sales, by margin, by days, by name, by amount', () => {
    const ids = (sort: Parameters<typeof sorted>[1]) =>
      sorted(lines, sort, 'CDF').map((line) => line.advice.product_id);
    expect(ids('loss')).toEqual(['oil', 'can', 'fish']);
    expect(ids('margin')).toEqual(['fish', 'can', 'oil']);
    // How long the fish lasts is not known: it goes last.
    expect(ids('days')).toEqual(['can', 'oil', 'fish']);
    expect(ids('name')).toEqual(['can', 'fish', 'oil']);
    expect(ids('amount')).toEqual(['can', 'oil', 'fish']);
  });

  test('shows a shelf, what is grave, or one supplier', () => {
    const all = { shelf: undefined, severity: '', supplier: '' } as const;
    const ids = (shown: Parameters<typeof filtered>[1]) =>
      filtered(lines, shown).map((line) => line.advice.product_id);
    expect(ids(all)).toEqual(['oil', 'can', 'fish']);
    expect(ids({ ...all, severity: 'high' })).toEqual(['oil', 'fish']);
    expect(ids({ ...all, severity: 'critical' })).toEqual(['oil']);
    expect(ids({ ...all, shelf: new Set(['c1']) })).toEqual(['can']);
    expect(ids({ ...all, supplier: 'Birere' })).toEqual(['fish']);
    expect(suppliersOf(list)).toEqual(['Birere', 'Kivu Gros']);
  });
});

describe('another quantity', () => {
  test('is more or less than proposed, of what is ordered at all', () => {
    const other = (edit: { quantity?: number; chosen?: boolean }) =>
      linesOf(list, covers, new Map([['oil', edit]])).map(isOther)[0];
    expect([other({}), other({ quantity: 10 }), other({ quantity: 80 })]).toEqual([
      false,
      true,
      true,
    ]);
    expect(other({ quantity: 0 })).toBe(true);
    expect(other({ quantity: 10, chosen: false })).toBe(false);
  });

  test('has a risk that is never none and never certain', () => {
    expect(riskIn(0)).toEqual({ bound: 'under', share: 0.01 });
    expect(riskIn(0.236)).toEqual({ bound: 'about', share: 0.24 });
    expect(riskIn(0.01)).toEqual({ bound: 'about', share: 0.01 });
    expect(riskIn(1)).toEqual({ bound: 'over', share: 0.99 });
  });
});
