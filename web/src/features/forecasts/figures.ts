/** Forecasts as people read them: no more digits than they deserve. Pure. */

import { formatPercent, formatQuantity } from '@/format/quantity';

/** Whole from ten on, one decimal below: an expectation is no count. */
export function formatExpected(units: number): string {
  const rounded = Math.abs(units) >= 10 ? Math.round(units) : Math.round(units * 10) / 10;
  return formatQuantity(rounded);
}

/** Where the band lies on a scale from nothing to twice the expectation, in parts of its length. */
export function bandOf(total: { mean: number; lo80: number; hi80: number }): {
  from: number;
  to: number;
} {
  const most = total.mean * 2;
  if (!(most > 0)) return { from: 0, to: 0 };
  const place = (value: number) => Math.min(1, Math.max(0, value / most));
  return { from: place(total.lo80), to: place(total.hi80) };
}

/** "−27 %": how much less the model erred than the week before; a plus when it erred more. */
export function formatGain(relative: number): string {
  return formatPercent(relative - 1, { digits: 0, signed: true });
}
