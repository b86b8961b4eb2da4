import { expect, test } from 'vitest';
import type { OutboxEntry } from '@/outbox/entry';
import { makeCatalogue, type TillProduct } from './catalogue';
import { discountReasonOf, reopened } from './sale';
import { addProduct, newTicket, setDiscount, setTicketDiscount, type Ticket } from './ticket';

const product = (id: string): TillProduct => ({
  id,
  sku: id,
  name: id,
  barcodes: [],
  categoryId: undefined,
  unit: 'piece',
  priceMinor: 100_000,
  taxRateBp: 0,
  onHand: 9,
  reorderLevel: 0,
});

const ticket = (...ids: string[]): Ticket =>
  ids.reduce((next, id) => addProduct(next, product(id), 1, id), newTicket('t', 0));

test('the reason of a discount is said once where it is the same', () => {
  const same = setDiscount(
    setDiscount(ticket('riz', 'sel'), 'riz', 100, 'abîmé'),
    'sel',
    100,
    'abîmé',
  );
  expect(discountReasonOf(same)).toBe('abîmé');
});

test('different reasons are said by line, the one of the whole ticket first', () => {
  const lines = setDiscount(
    setDiscount(ticket('riz', 'sel'), 'riz', 100, 'abîmé'),
    'sel',
    100,
    'lot',
  );
  expect(discountReasonOf(setTicketDiscount(lines, 500, 'fidèle'))).toBe(
    'fidèle; riz: abîmé; sel: lot',
  );
});

test('without a discount there is no reason, and none is longer than the server takes', () => {
  expect(discountReasonOf(setDiscount(ticket('riz'), 'riz', 0, 'abîmé'))).toBe('');
  expect([
    ...discountReasonOf(setDiscount(ticket('riz'), 'riz', 1, '🥚'.repeat(300))),
  ]).toHaveLength(200);
});

test('a refused sale opens again as it was, and says what is no longer sold', () => {
  const entry = {
    request: {
      lines: [
        { product_id: 'riz', quantity: 3 },
        { product_id: 'riz', quantity: 2, unit_price_minor: 90_000, discount_minor: 500 },
        { product_id: 'gone', quantity: 1 },
        { product_id: 'riz', quantity: 1 },
      ],
      discount_minor: 700,
    },
    receipt: {
      lines: [
        { name: 'riz', discountReason: '' },
        { name: 'riz', discountReason: 'abîmé' },
        { name: 'Huile', discountReason: '' },
        { name: 'riz', discountReason: '' },
      ],
    },
  } as unknown as OutboxEntry;
  const { ticket, gone } = reopened(entry, makeCatalogue([product('riz')], []));
  expect(gone).toEqual(['Huile']);
  expect(ticket.discountMinor).toBe(700);
  expect(ticket.lines).toMatchObject([
    { quantity: 3, unitPriceMinor: 100_000, discountMinor: 0 },
    { quantity: 2, unitPriceMinor: 90_000, discountMinor: 500, discountReason: 'abîmé' },
    { quantity: 1, unitPriceMinor: 100_000, discountMinor: 0 },
  ]);
});
