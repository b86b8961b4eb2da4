/** The order that is prepared: what is proposed, what somebody made of it, and its sums. Pure. */

import type { Schemas } from '@/api/client';
import { shownStep, type Currency } from '@/money/currencies';
import { extend, sum } from '@/money/exact';

export type Advice = Schemas['OrderLine'];

/** How long a product lasts, beside the time until its delivery. */
export interface Cover {
  days: number;
  leadTimeDays: number;
}

export interface OrderLine {
  advice: Advice;
  /** Undefined where no sales are expected. */
  cover: Cover | undefined;
  quantity: number;
  chosen: boolean;
}

/** What somebody changed, by product; everything else is as proposed. */
export type Edits = ReadonlyMap<string, { quantity?: number; chosen?: boolean }>;

export function linesOf(
  advice: readonly Advice[],
  covers: ReadonlyMap<string, Cover>,
  edits: Edits,
): OrderLine[] {
  return advice.map((item) => {
    const edit = edits.get(item.product_id);
    return {
      advice: item,
      cover: covers.get(item.product_id),
      quantity: edit?.quantity ?? item.suggested_quantity,
      chosen: edit?.chosen ?? true,
    };
  });
}

/** What a line costs: as proposed it is the server's figure, changed it is worked out anew. */
export function amountMinor({ advice, quantity }: OrderLine, currency: Currency): number {
  return quantity === advice.suggested_quantity
    ? advice.order_cost_minor
    : extend(advice.unit_cost_minor, quantity, shownStep(currency));
}

export interface Totals {
  costMinor: number;
  /** The sales that are lost if these goods run out. */
  salesAtRiskMinor: number;
  chosen: number;
}

export function totalsOf(lines: readonly OrderLine[], currency: Currency): Totals {
  const chosen = lines.filter((line) => line.chosen && line.quantity > 0);
  return {
    costMinor: sum(chosen.map((line) => amountMinor(line, currency))),
    salesAtRiskMinor: sum(chosen.map(({ advice }) => advice.sales_at_risk_minor)),
    chosen: chosen.length,
  };
}

const byLoss = (a: OrderLine, b: OrderLine) =>
  b.advice.sales_at_risk_minor - a.advice.sales_at_risk_minor;

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
  for (const line of [...lines].sort(byLoss)) {
    const amount = amountMinor(line, currency);
    if (amount > left) continue;
    left -= amount;
    kept.add(line.advice.product_id);
  }
  return kept;
}

export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Shown {
  /** The categories whose products are shown; undefined for all. */
  shelf: ReadonlySet<string> | undefined;
  /** This one or worse; empty for all. */
  severity: Severity | '';
  /** The supplier of the last delivery; empty for all. */
  supplier: string;
}

/** The lines that the filters leave. */
export function filtered(
  lines: readonly OrderLine[],
  { shelf, severity, supplier }: Shown,
): OrderLine[] {
  const worst = severity ? SEVERITIES.indexOf(severity) : SEVERITIES.length;
  return lines.filter(
    ({ advice }) =>
      (!shelf || shelf.has(advice.category_id ?? '')) &&
      SEVERITIES.indexOf(advice.severity) <= worst &&
      (!supplier || advice.supplier === supplier),
  );
}

/** Who delivered these goods last, each once. */
export const suppliersOf = (advice: readonly Advice[]): string[] =>
  [...new Set(advice.flatMap(({ supplier }) => supplier ?? []))].sort((a, b) => a.localeCompare(b));

export const SORTS = ['loss', 'margin', 'days', 'name', 'amount'] as const;
export type Sort = (typeof SORTS)[number];

export function sorted(lines: readonly OrderLine[], sort: Sort, currency: Currency): OrderLine[] {
  const by: Record<Sort, (a: OrderLine, b: OrderLine) => number> = {
    loss: byLoss,
    margin: (a, b) => b.advice.margin_at_risk_minor - a.advice.margin_at_risk_minor,
    days: (a, b) => (a.cover?.days ?? 999) - (b.cover?.days ?? 999),
    name: (a, b) => a.advice.name.localeCompare(b.advice.name),
    amount: (a, b) => amountMinor(b, currency) - amountMinor(a, currency),
  };
  return [...lines].sort(by[sort]);
}

/** Somebody orders more or less of it than is proposed: what that risks is worth knowing. */
export const isOther = ({ advice, chosen, quantity }: OrderLine): boolean =>
  chosen && quantity !== advice.suggested_quantity;

/** A probability as whole percents: no forecast is ever sure, so none is 0 or 100. */
export function riskIn(probability: number): { bound: 'under' | 'over' | 'about'; share: number } {
  if (probability < 0.01) return { bound: 'under', share: 0.01 };
  if (probability > 0.99) return { bound: 'over', share: 0.99 };
  return { bound: 'about', share: Math.round(probability * 100) / 100 };
}
