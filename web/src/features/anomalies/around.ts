/** The days around a finding, as a graph draws them. Pure. */

import type { Schemas } from '@/api/client';
import type { ChartDay } from '@/charts/scale';
import type { Finding } from '@/findings/words';

export type DayAround = Schemas['DayAround'];
export type Shown = 'units' | 'money' | 'tickets';

const BY_MONEY = new Set<Schemas['AnomalyKind']>(['price_below_cost', 'shrinkage']);

/** What of a day is drawn: what the finding is about. */
export function shownOf(finding: Pick<Finding, 'kind' | 'subject' | 'figures'>): Shown {
  const { type } = finding.subject;
  if (type === 'product' && !BY_MONEY.has(finding.kind)) return 'units';
  if (type === 'shop' && finding.figures.measure === 'count') return 'tickets';
  if (finding.figures.measure === 'units') return 'units';
  return type === 'cashier' ? 'tickets' : 'money';
}

export function valueOf(day: DayAround, shown: Shown): number {
  if (shown === 'units') return day.units;
  return shown === 'tickets' ? day.sales : day.revenue_with_tax_minor;
}

export const daysOf = (days: readonly DayAround[], shown: Shown): ChartDay[] =>
  days.map((day) => ({
    day: day.date,
    // More came back than was sold: a day has no bar below the ground.
    value: Math.max(0, valueOf(day, shown)),
    tone: day.is_found ? ('chili' as const) : ('quiet' as const),
  }));

const DAILY = new Set<Schemas['AnomalyKind']>(['spike', 'drop', 'shop_wide']);

/** The usual range of a day: only of findings that compare one day with the others. */
export function usualOf(
  finding: Pick<Finding, 'kind' | 'figures' | 'from' | 'to'>,
): { low: number; high: number } | undefined {
  const { expected_low: low, expected_high: high } = finding.figures;
  const isDay = DAILY.has(finding.kind) && finding.from === finding.to;
  return isDay && high > low ? { low: Math.max(0, low), high } : undefined;
}
