/** The lines of a document under way: goods received, moved, corrected. Pure. */

import type { Schemas } from '@/api/client';

export type Goods = Pick<
  Schemas['Product'],
  'id' | 'name' | 'unit' | 'on_hand' | 'cost_minor' | 'price_minor' | 'tax_rate_bp'
>;

export interface Line {
  product: Goods;
  quantity: number;
  /** What one cost this time; undefined: as before; null: what was typed is no amount. */
  costMinor: number | undefined | null;
}

/** A scan or a choice: one more of what is there, or a new line on top. */
export function addLine(lines: readonly Line[], product: Goods, quantity = 1): Line[] {
  const at = lines.findIndex((line) => line.product.id === product.id);
  const known = lines[at];
  if (!known) return [{ product, quantity, costMinor: undefined }, ...lines];
  const more = Math.round((known.quantity + quantity) * 1000) / 1000;
  return lines.map((line, index) => (index === at ? { ...line, quantity: more } : line));
}

export function changeLine(lines: readonly Line[], id: string, change: Partial<Line>): Line[] {
  return lines.map((line) => (line.product.id === id ? { ...line, ...change } : line));
}

export function dropLine(lines: readonly Line[], id: string): Line[] {
  return lines.filter((line) => line.product.id !== id);
}

/**
 * The cost after a delivery: the average of what is there and what comes, each by its quantity. Goods
 * that are not there (or less than nothing) weigh nothing. The server's own figure is what counts.
 */
export function averageCost(
  onHand: number,
  costMinor: number | undefined,
  quantity: number,
  unitCostMinor: number,
): number {
  if (costMinor === undefined || onHand <= 0 || quantity <= 0) return unitCostMinor;
  const milli = (value: number) => BigInt(Math.round(value * 1000));
  const [there, comes] = [milli(onHand), milli(quantity)];
  const worth = BigInt(costMinor) * there + BigInt(unitCostMinor) * comes;
  const all = there + comes;
  return Number((worth + all / 2n) / all);
}
