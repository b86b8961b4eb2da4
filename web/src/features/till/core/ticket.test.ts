import { describe, expect, test } from 'vitest';
import type { TillProduct } from './catalogue';
import {
  addProduct,
  moveSelection,
  newTicket,
  quantityOf,
  removeLine,
  restoreLine,
  select,
  setDiscount,
  setPrice,
  setQuantity,
  setTicketDiscount,
  stepQuantity,
  totalsOf,
} from './ticket';

const product = (id: string, priceMinor = 385_000): TillProduct => ({
  id,
  sku: id,
  name: id,
  barcodes: [],
  categoryId: undefined,
  unit: 'piece',
  priceMinor,
  taxRateBp: 1600,
  onHand: 5,
  reorderLevel: 0,
});

const terms = { taxMode: 'included', currency: 'CDF' } as const;
const empty = newTicket('t', 0);
const two = addProduct(addProduct(empty, product('a'), 1, 'ka'), product('b', 90_000), 2, 'kb');

describe('lines', () => {
  test('the same product again is more of it, and selects its line', () => {
    const ticket = addProduct(two, product('a'));
    expect(ticket.lines.map((line) => line.quantity)).toEqual([2, 2]);
    expect(ticket.selected).toBe('ka');
    expect(quantityOf(ticket, 'a')).toBe(2);
  });

  test('at another price or with a discount it is a line of its own', () => {
    expect(addProduct(setPrice(two, 'ka', 100_000), product('a')).lines).toHaveLength(3);
    expect(addProduct(setDiscount(two, 'ka', 100, 'x'), product('a')).lines).toHaveLength(3);
  });

  test('a quantity is never nothing', () => {
    expect(setQuantity(two, 'ka', 0)).toBe(two);
    expect(stepQuantity(two, 'ka', -1)).toBe(two);
    expect(stepQuantity(two, 'kb', -1).lines[1]?.quantity).toBe(1);
    expect(setQuantity(two, 'ka', 0.7504).lines[0]?.quantity).toBe(0.75);
  });

  test('one that was removed comes back where it was', () => {
    const line = two.lines[0]!;
    const without = removeLine(two, 'ka');
    expect([without.lines.length, without.selected]).toEqual([1, 'kb']);
    const back = restoreLine(without, line, 0);
    expect(back.lines.map(({ key }) => key)).toEqual(['ka', 'kb']);
    expect(restoreLine(back, line, 0)).toBe(back);
  });

  test('the selection moves and stops at the ends', () => {
    const none = select(two, undefined);
    expect(moveSelection(none, -1).selected).toBe('kb');
    expect(moveSelection(moveSelection(none, -1), -1).selected).toBe('ka');
    expect(moveSelection(two, 1).selected).toBe('kb');
  });
});

describe('what it costs', () => {
  test('discounts of lines and of the ticket come off', () => {
    const ticket = setTicketDiscount(setDiscount(two, 'kb', 10_000, 'lot'), 5_000, 'fidèle');
    const totals = totalsOf(ticket, terms);
    expect(totals).toMatchObject({
      subtotalMinor: 565_000,
      discountMinor: 15_000,
      totalMinor: 550_000,
    });
    expect(totals.lines.reduce((all, line) => all + line.totalMinor, 0)).toBe(550_000);
  });

  test('a discount shrinks with its line', () => {
    const ticket = setQuantity(setDiscount(two, 'kb', 100_000, 'x'), 'kb', 1);
    expect(ticket.lines[1]?.discountMinor).toBe(90_000);
    expect(totalsOf(ticket, terms).totalMinor).toBe(385_000);
  });

  test('an empty ticket costs nothing', () => {
    expect(totalsOf(empty, terms).totalMinor).toBe(0);
  });
});
