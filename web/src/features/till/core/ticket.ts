/** The ticket: lines, discounts, what is selected. Pure: each function returns the next ticket. */

import { sum } from '@/money/exact';
import { priceCart, type LinePrice, type TaxMode } from '@/money/pricing';
import type { Currency } from '@/money/currencies';
import type { TillProduct } from './catalogue';

export interface TicketLine {
  key: string;
  productId: string;
  name: string;
  unit: string;
  quantity: number;
  unitPriceMinor: number;
  /** The catalogue's price, where another was given. */
  cataloguePriceMinor: number;
  taxRateBp: number;
  discountMinor: number;
  discountReason: string;
}

export interface Ticket {
  /** Also the id of the sale that it becomes, and its idempotency key. */
  id: string;
  lines: readonly TicketLine[];
  /** The key of the selected line. */
  selected: string | undefined;
  /** Discount on the whole ticket. */
  discountMinor: number;
  discountReason: string;
  startedAt: number;
  /** When it was put aside. */
  heldAt?: number;
}

export interface Terms {
  taxMode: TaxMode;
  currency: Currency;
}

export interface Totals {
  lines: readonly LinePrice[];
  subtotalMinor: number;
  discountMinor: number;
  taxMinor: number;
  totalMinor: number;
}

const MOST = 1_000_000;

export function newTicket(id: string = crypto.randomUUID(), now: number = Date.now()): Ticket {
  return {
    id,
    lines: [],
    selected: undefined,
    discountMinor: 0,
    discountReason: '',
    startedAt: now,
  };
}

const round = (quantity: number) => Math.round(quantity * 1000) / 1000;

/** Adds a product, or more of it where it stands already as the catalogue has it; selects the line. */
export function addProduct(
  ticket: Ticket,
  product: TillProduct,
  quantity = 1,
  key: string = crypto.randomUUID(),
): Ticket {
  const same = ticket.lines.find(
    (line) =>
      line.productId === product.id &&
      line.discountMinor === 0 &&
      line.unitPriceMinor === product.priceMinor,
  );
  if (same) {
    const more = Math.min(MOST, round(same.quantity + quantity));
    return { ...setQuantity(ticket, same.key, more), selected: same.key };
  }
  return addLine(ticket, product, quantity, key);
}

/** Adds a line of its own, whatever stands there already; selects it. */
export function addLine(
  ticket: Ticket,
  product: TillProduct,
  quantity: number,
  key: string = crypto.randomUUID(),
): Ticket {
  const line: TicketLine = {
    key,
    productId: product.id,
    name: product.name,
    unit: product.unit,
    quantity: Math.min(MOST, round(quantity)),
    unitPriceMinor: product.priceMinor,
    cataloguePriceMinor: product.priceMinor,
    taxRateBp: product.taxRateBp,
    discountMinor: 0,
    discountReason: '',
  };
  return { ...ticket, lines: [...ticket.lines, line], selected: key };
}

function change(ticket: Ticket, key: string, next: Partial<TicketLine>): Ticket {
  return {
    ...ticket,
    lines: ticket.lines.map((line) => (line.key === key ? { ...line, ...next } : line)),
  };
}

export function setQuantity(ticket: Ticket, key: string, quantity: number): Ticket {
  const line = ticket.lines.find((entry) => entry.key === key);
  if (!line || !(quantity > 0)) return ticket;
  const next = Math.min(MOST, round(quantity));
  // A discount never passes the line that it is given on.
  const most = Math.floor(line.unitPriceMinor * next);
  return change(ticket, key, { quantity: next, discountMinor: Math.min(line.discountMinor, most) });
}

/** One more or less; less than one unit is left alone, it is removed on purpose only. */
export function stepQuantity(ticket: Ticket, key: string, by: number): Ticket {
  const line = ticket.lines.find((entry) => entry.key === key);
  return line ? setQuantity(ticket, key, round(line.quantity + by)) : ticket;
}

export function setDiscount(ticket: Ticket, key: string, minor: number, reason: string): Ticket {
  return change(ticket, key, { discountMinor: Math.max(0, minor), discountReason: reason });
}

export function setPrice(ticket: Ticket, key: string, minor: number): Ticket {
  return change(ticket, key, { unitPriceMinor: Math.max(0, minor) });
}

export function setTicketDiscount(ticket: Ticket, minor: number, reason: string): Ticket {
  return { ...ticket, discountMinor: Math.max(0, minor), discountReason: reason };
}

/** Takes a line off; the line after it is selected, or the one before. */
export function removeLine(ticket: Ticket, key: string): Ticket {
  const at = ticket.lines.findIndex((line) => line.key === key);
  if (at < 0) return ticket;
  const lines = ticket.lines.filter((line) => line.key !== key);
  const next = lines[at] ?? lines[at - 1];
  return {
    ...ticket,
    lines,
    selected: next?.key,
    discountMinor: lines.length === 0 ? 0 : ticket.discountMinor,
  };
}

/** Puts a removed line back where it was. */
export function restoreLine(ticket: Ticket, line: TicketLine, at: number): Ticket {
  if (ticket.lines.some(({ key }) => key === line.key)) return ticket;
  return { ...ticket, lines: ticket.lines.toSpliced(at, 0, line), selected: line.key };
}

/** Moves the selection; from nothing, to the last line. */
export function moveSelection(ticket: Ticket, by: 1 | -1): Ticket {
  if (ticket.lines.length === 0) return ticket;
  const at = ticket.lines.findIndex((line) => line.key === ticket.selected);
  const next =
    at < 0 ? ticket.lines.length - 1 : Math.min(ticket.lines.length - 1, Math.max(0, at + by));
  return { ...ticket, selected: ticket.lines[next]?.key };
}

export function select(ticket: Ticket, key: string | undefined): Ticket {
  return { ...ticket, selected: key };
}

/** What the ticket costs, by the rules of the server. */
export function totalsOf(ticket: Ticket, terms: Terms): Totals {
  const lines = priceCart(ticket.lines, ticket.discountMinor, terms);
  return {
    lines,
    subtotalMinor: sum(lines.map((line) => line.subtotalMinor)),
    discountMinor: sum(lines.map((line) => line.discountMinor)),
    taxMinor: sum(lines.map((line) => line.taxMinor)),
    totalMinor: sum(lines.map((line) => line.totalMinor)),
  };
}

/** How much of a product is on the ticket, for the badge of its tile. */
export function quantityOf(ticket: Ticket, productId: string): number {
  return round(
    ticket.lines
      .filter((line) => line.productId === productId)
      .reduce((total, line) => total + line.quantity, 0),
  );
}
