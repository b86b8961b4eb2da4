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
