/** What is left of a price without its tax, once the goods are paid. Pure. */

import { taxWithin, type TaxMode } from '@/money/pricing';

export interface Margin {
  /** The price without tax. */
  netMinor: number;
  marginMinor: number;
  /** Of the price without tax; undefined where nothing is asked. */
  ratio: number | undefined;
}

export function marginOf(
  priceMinor: number,
  costMinor: number,
  taxRateBp: number,
  taxMode: TaxMode,
): Margin {
  const netMinor =
    taxMode === 'included' ? priceMinor - taxWithin(priceMinor, taxRateBp) : priceMinor;
  const marginMinor = netMinor - costMinor;
  return { netMinor, marginMinor, ratio: netMinor > 0 ? marginMinor / netMinor : undefined };
}

/** A price so many percent higher or lower, on a whole step: what a shop writes on a label. */
export function movedPrice(priceMinor: number, percent: number, stepMinor: number): number {
  const step = Math.max(1, stepMinor);
  // Percent have at most two decimals: integers all the way.
  const moved = priceMinor * Math.round((100 + percent) * 100);
  return Math.max(0, Math.round(moved / 10_000 / step) * step);
}
