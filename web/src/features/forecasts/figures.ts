/** Forecasts as people read them: no more digits than they deserve. Pure. */

import type { components } from '@/api/schema';
import type { ChartDay } from '@/charts/scale';
import { formatPercent, formatQuantity } from '@/format/quantity';

type Feast = components['schemas']['Feast'];

/** Whole from ten on, one decimal below: an expectation is no count. */
export function formatExpected(units: number): string {
  const rounded = Math.abs(units) >= 10 ? Math.round(units) : Math.round(units * 10) / 10;
  return formatQuantity(rounded);
}

/** How often out of a hundred the figure is to lie within the band. */
export const ZONES = [50, 80, 95] as const;
export type Zone = (typeof ZONES)[number];

/** A figure with one of its bands. */
export interface Banded {
  mean: number;
  low: number;
  high: number;
}

export interface UnitBands {
  mean: number;
  lo50: number;
  hi50: number;
  lo80: number;
  hi80: number;
  lo95: number;
  hi95: number;
}

export interface MoneyBands {
  mean_minor: number;
  lo50_minor: number;
  hi50_minor: number;
  lo80_minor: number;
  hi80_minor: number;
  lo95_minor: number;
  hi95_minor: number;
}

export function inZone(of: UnitBands, zone: Zone): Banded {
  return { mean: of.mean, low: of[`lo${zone}`], high: of[`hi${zone}`] };
}

export function moneyInZone(of: MoneyBands, zone: Zone): Banded {
  return { mean: of.mean_minor, low: of[`lo${zone}_minor`], high: of[`hi${zone}_minor`] };
}

/** Where the band lies on a scale from nothing to twice the expectation, in parts of its length. */
export function bandOf({ mean, low, high }: Banded): { from: number; to: number } {
  const most = mean * 2;
  if (!(most > 0)) return { from: 0, to: 0 };
  const place = (value: number) => Math.min(1, Math.max(0, value / most));
  return { from: place(low), to: place(high) };
}

/** What was sold, then what is expected: one day each, every day once. */
export function drawnDays(
  sold: readonly { day: string; value: number }[],
  expected: readonly { day: string; banded: Banded; closed: boolean; feast: Feast | null }[],
  words: { closed: string; feast: (feast: Feast) => string },
): ChartDay[] {
  const first = expected[0]?.day;
  return [
    // Today is not over: it is expected, not sold.
    ...sold
      .filter((one) => first === undefined || one.day < first)
      .map(({ day, value }) => ({ day, value: Math.max(0, value) })),
    ...expected.map(({ day, banded, closed, feast }) => ({
      day,
      expected: { middle: banded.mean, low: banded.low, high: banded.high },
      ...(closed && { closed: words.closed }),
      ...(feast && { feast: words.feast(feast) }),
    })),
  ];
}

/** "−27 %": how much less the model erred than the week before; a plus when it erred more. */
export function formatGain(relative: number): string {
  return formatPercent(relative - 1, { digits: 0, signed: true });
}
