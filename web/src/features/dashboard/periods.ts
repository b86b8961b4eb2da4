/** The figures of the strip as the server sends them, and what is drawn of which days. Pure. */

import type { Schemas } from '@/api/client';
import type { ChartDay } from '@/charts/scale';
import { addDays } from '@/format/dates';
import { bounded, divHalfUp, integer, sum } from '@/money/exact';
import type { Period } from '@/ui/figures';

export type Dashboard = Schemas['Dashboard'];
export type Point = Pick<Schemas['SummaryDay'], 'date' | 'revenue_with_tax_minor' | 'sales'>;

/** The figures of the strip. */
export interface Totals {
  withTaxMinor: number;
  netMinor: number;
  marginMinor: number;
  sales: number;
  /** What a customer pays on average, tax included, before refunds. */
  basketMinor: number;
}

export const FIGURES = ['withTaxMinor', 'netMinor', 'marginMinor', 'sales', 'basketMinor'] as const;

export type FigureName = (typeof FIGURES)[number];

export function totalsOf(figures: Schemas['DayFigures']): Totals {
  return {
    withTaxMinor: figures.revenue_with_tax_minor,
    netMinor: figures.revenue_minor,
    marginMinor: figures.margin_minor,
    sales: figures.sales,
    basketMinor: figures.average_basket_with_tax_minor,
  };
}

/** With which period the strip compares; the first is what comes with the screen. */
export const COMPARES = ['previous_weekdays', 'previous', 'last_year'] as const;

export type CompareWith = (typeof COMPARES)[number];

/** Their words in the address. */
const COMPARE_WORDS: Record<CompareWith, string> = {
  previous_weekdays: '',
  previous: 'avant',
  last_year: 'an',
};

export const compareOf = (word: string): CompareWith =>
  COMPARES.find((one) => COMPARE_WORDS[one] === word) ?? COMPARES[0];

export const compareWord = (compare: CompareWith): string => COMPARE_WORDS[compare];

export function daysIn({ from, to }: Period): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1;
}

/** By how much it grew, as a ratio; undefined where there was nothing to grow from. */
export function growth(now: number, then: number): number | undefined {
  return then > 0 ? now / then - 1 : undefined;
}

/** Days that the answer of the screen holds: longer periods are asked for by themselves. */
export const GIVEN_DAYS = 42;
const PHONE_DAYS = 28;

/** The days of the graph: all of a long period, else those given, fewer where there is little room. */
export function drawnDays(
  given: readonly Point[],
  period: Period,
  { phone }: { phone: boolean },
): readonly Point[] {
  if (daysIn(period) > GIVEN_DAYS) {
    return given.filter((point) => point.date >= period.from && point.date <= period.to);
  }
  return phone ? given.slice(-Math.max(PHONE_DAYS, daysIn(period))) : given;
}

/** The mean day, and the best; undefined where nothing was sold. */
export function meanAndBest(
  points: readonly Point[],
): { meanMinor: number; best: Point } | undefined {
  const [first] = points;
  if (!first || points.every((point) => point.sales === 0)) return undefined;
  const total = sum(points.map((point) => point.revenue_with_tax_minor));
  return {
    meanMinor: bounded(divHalfUp(integer(total), integer(points.length))),
    best: points.reduce((a, b) => (b.revenue_with_tax_minor > a.revenue_with_tax_minor ? b : a)),
  };
}

/**
 * The coming days behind those that were: only where they follow on each other. A closed day has its
 * name and no band.
 */
export function comingDays(
  forecast: Dashboard['forecast'],
  last: string | undefined,
  closed: string,
): ChartDay[] {
  const first = forecast?.days[0];
  if (!forecast || !first || last === undefined || first.date !== addDays(last, 1)) return [];
  return forecast.days.map((day) => ({
    day: day.date,
    expected: { middle: day.mean_minor, low: day.lo80_minor, high: day.hi80_minor },
    ...(day.closed && { closed }),
  }));
}

const WORTH_SHARE = 0.1;

/**
 * The finding that the graph names: the one that moved the sales of a day most, where it moved a tenth
 * of them. Smaller ones would not be seen in a bar.
 */
export function findingOfGraph<
  T extends Pick<Schemas['Anomaly'], 'from' | 'to' | 'effect_minor' | 'kind'>,
>(findings: readonly T[], points: readonly Point[]): T | undefined {
  const soldOn = new Map(points.map((point) => [point.date, point.revenue_with_tax_minor]));
  const worth = findings.filter((finding) => {
    const sold = soldOn.get(finding.from) ?? 0;
    return (
      finding.from === finding.to &&
      sold > 0 &&
      Math.abs(finding.effect_minor) >= sold * WORTH_SHARE
    );
  });
  return [...worth].sort((a, b) => Math.abs(b.effect_minor) - Math.abs(a.effect_minor))[0];
}

/** Losses of the period: the largest by their reason, the others together. */
export function lossRows(
  losses: readonly Schemas['StockLoss'][],
  most: number,
): { shown: readonly Schemas['StockLoss'][]; others: { movements: number; lostMinor: number } } {
  const rest = losses.slice(most);
  return {
    shown: losses.slice(0, most),
    others: {
      movements: sum(rest.map((loss) => loss.movements)),
      lostMinor: sum(rest.map((loss) => loss.lost_minor)),
    },
  };
}
