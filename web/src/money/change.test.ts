import { expect, test } from 'vitest';
import { changeChoices } from './change';
import { priceCart } from './pricing';
import type { Drawer, MoneyLine } from './settle';

const drawer: Drawer = {
  base: 'CDF',
  stepMinor: 5000,
  rates: { USD: { micros: 2_851_000_000, side: 'base_per_foreign' } },
};

test('the choices of the picture: 10 $ + 3 300, 31 800, 11 $ + 450', () => {
  const payments: MoneyLine[] = [
    { method: 'mobile_money', currency: 'CDF', amountMinor: 500_000 },
    { method: 'cash', currency: 'USD', amountMinor: 2000 },
    { method: 'cash', currency: 'CDF', amountMinor: 3_000_000 },
  ];
  const choices = changeChoices(6_020_000, payments, drawer, 'USD');
  expect(choices.map((choice) => [choice.kind, choice.lines, choice.roundingMinor])).toEqual([
    [
      'advised',
      [
        { currency: 'USD', amountMinor: 1000 },
        { currency: 'CDF', amountMinor: 330_000 },
      ],
      1000,
    ],
    ['base', [{ currency: 'CDF', amountMinor: 3_180_000 }], 2000],
    [
      'foreign',
      [
        { currency: 'USD', amountMinor: 1100 },
        { currency: 'CDF', amountMinor: 45_000 },
      ],
      1 * 100 * 9,
    ],
  ]);
});

test('nothing goes back where nothing is over, and francs first where francs were given', () => {
  const cash = (amountMinor: number): MoneyLine[] => [
    { method: 'cash', currency: 'CDF', amountMinor },
  ];
  expect(changeChoices(100_000, cash(100_000), drawer, 'USD')).toEqual([]);
  const [first] = changeChoices(100_000, cash(2_000_000), drawer, 'USD');
  expect(first?.kind).toBe('base');
});

test('a ticket costs what the picture says: 60 200 francs, 5 048 of them tax', () => {
  const item = (quantity: number, price: number, taxRateBp: number, discount = 0) => ({
    quantity,
    unitPriceMinor: price * 100,
    discountMinor: discount * 100,
    taxRateBp,
  });
  const lines = priceCart(
    [
      item(1, 16_000, 0),
      item(1, 7_900, 1600),
      item(0.75, 5_400, 0),
      item(6, 3_850, 1600, 2_100),
      item(1, 3_550, 0),
      item(2, 3_850, 1600),
    ],
    0,
    { taxMode: 'included', currency: 'CDF' },
  );
  const total = lines.reduce((sum, line) => sum + line.totalMinor, 0);
  const tax = lines.reduce((sum, line) => sum + line.taxMinor, 0);
  expect([total, Math.round(tax / 100)]).toEqual([6_020_000, 5_048]);
});
