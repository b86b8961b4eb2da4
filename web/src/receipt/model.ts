/** A receipt: what is printed, whether it comes from the outbox of this till or from the server. */

import type { Schemas } from '@/api/client';
import { isBelowOneMinor } from '@/money/rates';
import { sum } from '@/money/exact';
import type { OutboxEntry, ReceiptFacts } from '@/outbox/entry';
import type { ShopSettings } from '@/shop/remembered';

export interface Receipt extends ReceiptFacts {
  id: string;
  shop: { name: string; header: string[]; footer: string[] };
  /** The legal number; undefined until the server has given it. */
  number: string | undefined;
  /** The till's own number, where the sale was made on one. */
  tillNumber: string | undefined;
  at: string | number;
  cashier: string;
  voided: boolean;
}

export interface TaxRow {
  letter: string;
  rateBp: number;
  netMinor: number;
  taxMinor: number;
  grossMinor: number;
}

const lines = (text: string) => text.split('\n').filter((line) => line.trim() !== '');

const shopOf = (settings: ShopSettings) => ({
  name: settings.name,
  header: letterhead(settings),
  footer: lines(settings.receipt_footer),
});

/** What stands below the shop's name, in the order of the server's own papers. */
function letterhead(settings: ShopSettings): string[] {
  const named = (word: string, value: string) =>
    value.trim() === '' ? [] : [`${word} ${value.trim()}`];
  // A till that has not met the server since these fields exist knows nothing of them.
  const {
    address = '',
    telephone = '',
    tax_number = '',
    trade_register_number = '',
  } = settings as Partial<ShopSettings>;
  return [
    ...lines(address),
    ...named(settings.locale.startsWith('fr') ? 'Tél.' : 'Tel.', telephone),
    ...lines(settings.receipt_header),
    ...named('NIF', tax_number),
    ...named('RCCM', trade_register_number),
  ];
}

export const saleNumber = (number: number) => String(number).padStart(6, '0');

/** "Esther Kavira" is "Esther K." on a receipt. */
export function shortPerson(name: string): string {
  const [first = '', ...rest] = name.trim().split(/\s+/);
  const last = rest.at(-1)?.[0];
  return last ? `${first} ${last}.` : first;
}

export function receiptOfEntry(entry: OutboxEntry, settings: ShopSettings): Receipt {
  return {
    ...entry.receipt,
    id: entry.id,
    shop: shopOf(settings),
    number: entry.sale && saleNumber(entry.sale.number),
    tillNumber: entry.number,
    at: entry.madeAt,
    cashier: shortPerson(entry.cashier.name),
    voided: false,
  };
}

export function receiptOfSale(
  sale: Schemas['Sale'],
  settings: ShopSettings,
  cashier: string,
): Receipt {
  // A sale has one reason for its discounts: it belongs to a line only where no other has one.
  const isOnlyOne = sale.lines.filter((line) => line.discount_minor > 0).length === 1;
  const foreign = [...sale.payments, ...sale.change].find(
    ({ currency }) => currency !== sale.currency,
  );
  return {
    id: sale.id,
    shop: shopOf(settings),
    number: saleNumber(sale.number),
    tillNumber: sale.external_number ?? undefined,
    at: sale.occurred_at,
    cashier: shortPerson(cashier),
    voided: sale.state === 'voided',
    currency: sale.currency,
    taxMode: sale.tax_mode,
    lines: sale.lines.map((line) => ({
      name: line.product_name,
      unit: line.unit,
      quantity: line.quantity,
      unitPriceMinor: line.unit_price_minor,
      subtotalMinor:
        line.total_minor + line.discount_minor - (sale.tax_mode === 'added' ? line.tax_minor : 0),
      discountMinor: line.discount_minor,
      discountReason: (isOnlyOne && line.discount_minor > 0 && sale.discount_reason) || '',
      taxRateBp: line.tax_rate_bp,
      taxMinor: line.tax_minor,
      totalMinor: line.total_minor,
    })),
    totalMinor: sale.total_minor,
    taxMinor: sale.tax_minor,
    roundingMinor: sale.rounding_minor,
    receivedMinor: sum(sale.payments.map((payment) => payment.base_minor)),
    payments: sale.payments.map((payment) => ({
      method: payment.method,
      accountName: payment.account_name,
      currency: payment.currency,
      amountMinor: payment.amount_minor,
      baseMinor: payment.base_minor,
      reference: payment.reference ?? '',
    })),
    change: sale.change.map((line) => ({
      currency: line.currency,
      amountMinor: line.amount_minor,
    })),
    rate: foreign && {
      currency: foreign.currency,
      micros: foreign.rate_micros,
      side: foreign.rate_side,
    },
  };
}

/** The taxes by rate, the highest first; the letter stands on each line of the rate. */
export function taxRows(receipt: ReceiptFacts): TaxRow[] {
  const rates = [...new Set(receipt.lines.map((line) => line.taxRateBp))].sort((a, b) => b - a);
  return rates.map((rateBp, index) => {
    const own = receipt.lines.filter((line) => line.taxRateBp === rateBp);
    const grossMinor = sum(own.map((line) => line.totalMinor));
    const taxMinor = sum(own.map((line) => line.taxMinor));
    return {
      letter: String.fromCharCode(65 + index),
      rateBp,
      netMinor: grossMinor - taxMinor,
      taxMinor,
      grossMinor,
    };
  });
}

/** True where the rounding is the cash step's and not a rest that foreign money cannot meet. */
export function isCashRounding(receipt: ReceiptFacts): boolean {
  const { rate } = receipt;
  if (receipt.roundingMinor === 0) return false;
  return !rate || !isBelowOneMinor(receipt.roundingMinor, rate, rate.currency, receipt.currency);
}
