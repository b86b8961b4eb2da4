/** A paid ticket becomes a sale: what the server is sent, and what the receipt shows. Pure. */

import type { Schemas } from '@/api/client';
import type { OutboxEntry, ReceiptFacts } from '@/outbox/entry';
import { settle, worthOf } from '@/money/settle';
import { allTenders, changeOf, type Paying } from './pay';
import type { Catalogue } from './catalogue';
import {
  addLine,
  newTicket,
  setDiscount,
  setPrice,
  setTicketDiscount,
  totalsOf,
  type Terms,
  type Ticket,
} from './ticket';

export interface SaleContext {
  terms: Terms;
  cashier: { id: string; name: string };
  number: string;
  now: number;
  accountName: (id: string) => string | undefined;
  /** The seller may give other prices than the catalogue's: then the price that was shown is sent. */
  mayPrice: boolean;
}

type NewEntry = Omit<OutboxEntry, 'seq' | 'state' | 'attempts'>;

/** The entry of the outbox for a ticket that was paid. */
export function saleOf(ticket: Ticket, paying: Paying, context: SaleContext): NewEntry {
  return {
    id: ticket.id,
    number: context.number,
    request: requestOf(ticket, paying, context),
    cashier: context.cashier,
    madeAt: context.now,
    receipt: receiptOf(ticket, paying, context),
  };
}

function requestOf(ticket: Ticket, paying: Paying, context: SaleContext): Schemas['CreateSale'] {
  const tenders = allTenders(paying);
  const change = changeOf(paying);
  const reason = discountReasonOf(ticket);
  return {
    id: ticket.id,
    occurred_at: new Date(context.now).toISOString(),
    lines: ticket.lines.map((line) => ({
      product_id: line.productId,
      quantity: line.quantity,
      // Named only by who may: the catalogue's price needs no permission. Where it has changed since
      // the till read it, the server's counts, and the sale may come back to be settled.
      ...((context.mayPrice || line.unitPriceMinor !== line.cataloguePriceMinor) && {
        unit_price_minor: line.unitPriceMinor,
      }),
      ...(line.discountMinor > 0 && { discount_minor: line.discountMinor }),
    })),
    ...(ticket.discountMinor > 0 && { discount_minor: ticket.discountMinor }),
    payments: tenders.map((tender) => ({
      method: tender.method,
      ...(tender.account && { account: tender.account }),
      currency: tender.currency,
      amount_minor: tender.amountMinor,
      ...(tender.reference.trim() && { reference: tender.reference.trim() }),
    })),
    ...(change.length > 0 && {
      change: change.map((line) => ({
        currency: line.currency,
        amount_minor: line.amountMinor,
      })),
    }),
    external_number: context.number,
    ...(reason && { discount_reason: reason }),
  };
}

/** As long as the server takes it. */
const REASON_LENGTH = 200;

/** A sale has one reason for its discounts: said once where it is the same, by line where they differ. */
export function discountReasonOf(ticket: Ticket): string {
  const given = ticket.lines.filter((line) => line.discountMinor > 0 && line.discountReason);
  const whole = ticket.discountMinor > 0 ? ticket.discountReason : '';
  const reasons = new Set([whole, ...given.map((line) => line.discountReason)].filter(Boolean));
  const said =
    reasons.size <= 1
      ? [...reasons]
      : [whole, ...given.map((line) => `${line.name}: ${line.discountReason}`)];
  const text = said.filter(Boolean).join('; ');
  return [...text].slice(0, REASON_LENGTH).join('');
}

function receiptOf(ticket: Ticket, paying: Paying, context: SaleContext): ReceiptFacts {
  const totals = totalsOf(ticket, context.terms);
  const tenders = allTenders(paying);
  const change = changeOf(paying);
  const settled = settle(
    paying.totalMinor,
    tenders,
    change.length > 0 ? change : undefined,
    paying.drawer,
  );
  const worth = (line: (typeof tenders)[number]) => worthOf(paying.drawer, line) ?? 0;
  const rate = paying.foreign && paying.drawer.rates[paying.foreign];
  return {
    currency: context.terms.currency,
    taxMode: context.terms.taxMode,
    lines: ticket.lines.map((line, index) => {
      const price = totals.lines[index];
      return {
        name: line.name,
        unit: line.unit,
        quantity: line.quantity,
        unitPriceMinor: line.unitPriceMinor,
        subtotalMinor: price?.subtotalMinor ?? 0,
        discountMinor: price?.discountMinor ?? 0,
        discountReason: line.discountReason,
        taxRateBp: line.taxRateBp,
        taxMinor: price?.taxMinor ?? 0,
        totalMinor: price?.totalMinor ?? 0,
      };
    }),
    totalMinor: totals.totalMinor,
    taxMinor: totals.taxMinor,
    roundingMinor: settled.ok ? settled.roundingMinor : 0,
    receivedMinor: tenders.reduce((total, line) => total + worth(line), 0),
    payments: tenders.map((tender) => ({
      method: tender.method,
      accountName: tender.account && context.accountName(tender.account),
      currency: tender.currency,
      amountMinor: tender.amountMinor,
      baseMinor: worth(tender),
      reference: tender.reference.trim(),
    })),
    change: settled.ok ? [...settled.change] : change,
    rate: rate && paying.foreign ? { currency: paying.foreign, ...rate } : undefined,
  };
}

/** A refused sale as a ticket again: what was given on it stays, what is no longer sold is named. */
export function reopened(
  { request, receipt }: OutboxEntry,
  catalogue: Catalogue,
): { ticket: Ticket; gone: string[] } {
  let ticket = newTicket();
  const gone: string[] = [];
  request.lines.forEach((line, at) => {
    const product = catalogue.byId.get(line.product_id);
    const printed = receipt.lines[at];
    if (!product) {
      gone.push(printed?.name ?? '');
      return;
    }
    ticket = addLine(ticket, product, line.quantity);
    const key = ticket.selected ?? '';
    if (line.unit_price_minor != null) ticket = setPrice(ticket, key, line.unit_price_minor);
    if (line.discount_minor) {
      ticket = setDiscount(ticket, key, line.discount_minor, printed?.discountReason ?? '');
    }
  });
  if (request.discount_minor) {
    ticket = setTicketDiscount(ticket, request.discount_minor, request.discount_reason ?? '');
  }
  return { ticket, gone };
}
