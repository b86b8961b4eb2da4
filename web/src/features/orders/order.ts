/** The order that is prepared: what is proposed, what somebody made of it, and its sums. Pure. */

import type { Schemas } from '@/api/client';
import { shownStep, type Currency } from '@/money/currencies';
import { extend, sum } from '@/money/exact';

export type Advice = Schemas['LowStock'];

export interface OrderLine {
  advice: Advice;
  /** What one cost last; undefined where it is not known. */
  costMinor: number | undefined;
  quantity: number;
  chosen: boolean;
}

/** What somebody changed, by product; everything else is as proposed. */
export type Edits = ReadonlyMap<string, { quantity?: number; chosen?: boolean }>;

export function linesOf(
  advice: readonly Advice[],
  costs: ReadonlyMap<string, number | undefined>,
  edits: Edits,
): OrderLine[] {
  return advice.map((item) => {
    const edit = edits.get(item.product_id);
    return {
      advice: item,
      costMinor: costs.get(item.product_id),
      quantity: edit?.quantity ?? item.suggested_quantity,
      chosen: edit?.chosen ?? true,
    };
  });
}

export function amountMinor(line: OrderLine, currency: Currency): number {
  return line.costMinor === undefined
    ? 0
    : extend(line.costMinor, line.quantity, shownStep(currency));
}

export interface Totals {
  costMinor: number;
  /** The margin that is lost if these goods run out. */
  marginAtRiskMinor: number;
  chosen: number;
  /** Lines that are chosen and whose cost is not known: the sum lacks them. */
  withoutCost: number;
}

export function totalsOf(lines: readonly OrderLine[], currency: Currency): Totals {
  const chosen = lines.filter((line) => line.chosen && line.quantity > 0);
  return {
    costMinor: sum(chosen.map((line) => amountMinor(line, currency))),
    marginAtRiskMinor: sum(chosen.map(({ advice }) => advice.margin_at_risk_minor)),
    chosen: chosen.length,
    withoutCost: chosen.filter(({ costMinor }) => costMinor === undefined).length,
  };
}

/**
 * Which lines a budget has room for: the largest loss first, each as a whole. A dearer line that does
 * not fit leaves its place to a cheaper one.
 */
export function withinBudget(
  lines: readonly OrderLine[],
  budgetMinor: number,
  currency: Currency,
): ReadonlySet<string> {
  let left = budgetMinor;
  const kept = new Set<string>();
  const byLoss = [...lines].sort(
    (a, b) => b.advice.margin_at_risk_minor - a.advice.margin_at_risk_minor,
  );
  for (const line of byLoss) {
    const amount = amountMinor(line, currency);
    if (amount > left) continue;
    left -= amount;
    kept.add(line.advice.product_id);
  }
  return kept;
}

export const SORTS = ['loss', 'days', 'name', 'amount'] as const;
export type Sort = (typeof SORTS)[number];

export function sorted(lines: readonly OrderLine[], sort: Sort, currency: Currency): OrderLine[] {
  const by: Record<Sort, (a: OrderLine, b: OrderLine) => number> = {
    loss: (a, b) => b.advice.margin_at_risk_minor - a.advice.margin_at_risk_minor,
    days: (a, b) => (a.advice.days_of_cover ?? 999) - (b.advice.days_of_cover ?? 999),
    name: (a, b) => a.advice.name.localeCompare(b.advice.name),
    amount: (a, b) => amountMinor(b, currency) - amountMinor(a, currency),
  };
  return [...lines].sort(by[sort]);
}
