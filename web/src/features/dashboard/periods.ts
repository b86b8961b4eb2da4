/** Which days are compared with which, and their sums: plain arithmetic over the days of a series. */

import type { Schemas } from '@/api/client';
import { addDays } from '@/format/dates';
import { bounded, divHalfUp, integer, sum } from '@/money/exact';
import type { Period } from '@/ui/figures';

export type Point = Pick<
  Schemas['SeriesPoint'],
  'date' | 'revenue_minor' | 'revenue_with_tax_minor' | 'margin_minor' | 'refunds_minor' | 'sales'
>;

/** The figures of the strip. */
export interface Totals {
  withTaxMinor: number;
  netMinor: number;
  marginMinor: number;
  sales: number;
  /** What a customer pays on average, tax included, before refunds. */
  basketMinor: number;
}

export function daysIn({ from, to }: Period): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1;
}

/** The same weekdays before: moved back by whole weeks, so that every weekday meets itself. */
export function before(period: Period): Period {
  const shift = Math.ceil(daysIn(period) / 7) * 7;
  return { from: addDays(period.from, -shift), to: addDays(period.to, -shift) };
}

/** Days of which the page draws something: those of both periods, four weeks, and today. */
export function neededDays(period: Period, today: string): Period {
  const fourWeeks = addDays(today, -29);
  const first = before(period).from;
  return { from: first < fourWeeks ? first : fourWeeks, to: today };
}

export function within(points: readonly Point[], { from, to }: Period): Point[] {
  return points.filter((point) => point.date >= from && point.date <= to);
}

export function totalsOf(points: readonly Point[]): Totals {
  const withTaxMinor = sum(points.map((point) => point.revenue_with_tax_minor));
  const refundsMinor = sum(points.map((point) => point.refunds_minor));
  const sales = sum(points.map((point) => point.sales));
  const basket = sales > 0 ? divHalfUp(integer(withTaxMinor + refundsMinor), integer(sales)) : 0n;
  return {
    withTaxMinor,
    netMinor: sum(points.map((point) => point.revenue_minor)),
    marginMinor: sum(points.map((point) => point.margin_minor)),
    sales,
    basketMinor: bounded(basket),
  };
}

export const FIGURES = ['withTaxMinor', 'netMinor', 'marginMinor', 'sales', 'basketMinor'] as const;

export type FigureName = (typeof FIGURES)[number];

/** By how much it grew, as a ratio; undefined where there was nothing to grow from. */
export function growth(now: number, then: number): number | undefined {
  return then > 0 ? now / then - 1 : undefined;
}

/** The same weekday in the four weeks before a day, its mean per figure; undefined with nothing sold. */
export function usualDay(points: readonly Point[], day: string): Totals | undefined {
  const days = [7, 14, 21, 28].map((back) => addDays(day, -back));
  const found = points.filter((point) => days.includes(point.date));
  if (found.length < days.length) return undefined;
  const total = totalsOf(found);
  const mean = (minor: number) => bounded(divHalfUp(integer(minor), integer(days.length)));
  return {
    withTaxMinor: mean(total.withTaxMinor),
    netMinor: mean(total.netMinor),
    marginMinor: mean(total.marginMinor),
    sales: total.sales / days.length,
    basketMinor: total.basketMinor,
  };
}
