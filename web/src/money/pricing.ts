/** What a line and a ticket cost: `sales::orders::pricing` in TypeScript, figure for figure. */

import { shownStep, type Currency } from './currencies';
import { allocate, allocateInSteps, bounded, divHalfUp, extend, integer, sum } from './exact';

export type TaxMode = 'included' | 'added';

export interface PricedItem {
  quantity: number;
  unitPriceMinor: number;
  discountMinor: number;
  taxRateBp: number;
}

export interface LinePrice {
  /** Price times quantity, before discounts. */
  subtotalMinor: number;
  /** The line's own discount and its share of the ticket's. */
  discountMinor: number;
  /** The line's share of the tax of its rate, inside the total. */
  taxMinor: number;
  totalMinor: number;
}

/** The tax inside an amount that includes it. */
export function taxWithin(grossMinor: number, rateBp: number): number {
  return bounded(divHalfUp(integer(grossMinor) * integer(rateBp), 10_000n + integer(rateBp))) + 0;
}

/** The tax to add to a net amount, rounded half-up once to a multiple of `step`. */
export function taxOnTop(netMinor: number, rateBp: number, step = 1): number {
  const by = integer(Math.max(1, step));
  return bounded(divHalfUp(integer(netMinor) * integer(rateBp), 10_000n * by) * by) + 0;
}

/** Prices a ticket. Discounts never pass what they are given on: the caller keeps to that. */
export function priceCart(
  items: readonly PricedItem[],
  cartDiscountMinor: number,
  terms: { taxMode: TaxMode; currency: Currency },
): LinePrice[] {
  const step = shownStep(terms.currency);
  const lines = items.map((item) => {
    const subtotalMinor = extend(item.unitPriceMinor, item.quantity, step);
    const discountMinor = Math.min(item.discountMinor, subtotalMinor);
    return { subtotalMinor, discountMinor, net: subtotalMinor - discountMinor };
  });
  const whole = sum(lines.map((line) => line.net));
  const cart = Math.min(cartDiscountMinor, whole);
  if (cart > 0) {
    const shares = allocateInSteps(
      cart,
      lines.map((line) => line.net),
      step,
    );
    lines.forEach((line, index) => {
      const share = shares[index] ?? 0;
      line.discountMinor += share;
      line.net -= share;
    });
  }
  const taxes = shareTaxes(
    items,
    lines.map((line) => line.net),
    terms.taxMode,
    step,
  );
  return lines.map(({ subtotalMinor, discountMinor, net }, index) => {
    const taxMinor = taxes[index] ?? 0;
    const totalMinor = terms.taxMode === 'included' ? net : net + taxMinor;
    return { subtotalMinor, discountMinor, taxMinor, totalMinor };
  });
}

/** The tax of each rate on the whole ticket, shared by what the lines cost. */
function shareTaxes(
  items: readonly PricedItem[],
  nets: readonly number[],
  mode: TaxMode,
  step: number,
): number[] {
  const taxes = items.map(() => 0);
  const rates = new Set(items.map((item) => item.taxRateBp).filter((rate) => rate !== 0));
  for (const rate of rates) {
    const places = items.flatMap((item, index) => (item.taxRateBp === rate ? [index] : []));
    const weights = places.map((index) => nets[index] ?? 0);
    const taxed = sum(weights);
    const shares =
      mode === 'included'
        ? allocate(taxWithin(taxed, rate), weights)
        : allocateInSteps(taxOnTop(taxed, rate, step), weights, step);
    places.forEach((place, index) => {
      taxes[place] = shares[index] ?? 0;
    });
  }
  return taxes;
}
