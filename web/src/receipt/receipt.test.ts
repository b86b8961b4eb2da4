import { expect, test } from 'vitest';
import { code128 } from './code128';
import type { OutboxEntry } from '@/outbox/entry';
import type { ShopSettings } from '@/shop/remembered';
import { receiptOfEntry, receiptOfSale, shortPerson, taxRows } from './model';
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

const settings = {
  name: 'Chez Amani',
  locale: 'fr-CD',
  address: 'Avenue du Lac 12\n\nGoma',
  telephone: '+243 997 000 000',
  tax_number: 'A0704736X',
  trade_register_number: ' ',
  receipt_header: 'Ouvert tous les jours',
  receipt_footer: '',
} as ShopSettings;

const entry = { number: 'C1-000482', cashier: { name: '' }, receipt: {} } as OutboxEntry;

test('who the shop is stands below its name, in the order of the papers of the server', () => {
  expect(receiptOfEntry(entry, settings).shop.header).toEqual([
    'Avenue du Lac 12',
    'Goma',
    'Tél. +243 997 000 000',
    'Ouvert tous les jours',
    'NIF A0704736X',
  ]);
  const old = { name: '', locale: 'en', receipt_header: '', receipt_footer: '' } as ShopSettings;
  expect(receiptOfEntry(entry, old).shop.header, 'remembered before these fields').toEqual([]);
});

test('the number of the till stands beside the legal one, and the reason on the line it is about', () => {
  const line = { total_minor: 0, discount_minor: 0, tax_minor: 0 };
  const sale = (discounts: number[]) =>
    ({
      number: 47757,
      external_number: 'C1-000482',
      discount_reason: 'Emballage abîmé',
      lines: discounts.map((discount_minor) => ({ ...line, discount_minor })),
      payments: [],
      change: [],
    }) as unknown as Parameters<typeof receiptOfSale>[0];
  const one = receiptOfSale(sale([0, 500]), settings, '');
  expect([one.number, one.tillNumber]).toEqual(['047757', 'C1-000482']);
  expect(one.lines.map((line) => line.discountReason)).toEqual(['', 'Emballage abîmé']);
  const two = receiptOfSale(sale([300, 500]), settings, '');
  expect(two.lines.map((line) => line.discountReason)).toEqual(['', '']);
});
