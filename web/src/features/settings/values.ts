/** What is typed into the settings, read and refused before it is sent. */

import { factsOf, type Currency } from '@/money/currencies';

/** A whole number within its limits. */
export function wholeOf(text: string, min: number, max: number): number | undefined {
  const compact = text.replace(/[\s\u00a0\u202f]/g, '');
  if (!/^\d{1,6}$/.test(compact)) return undefined;
  const value = Number(compact);
  return value >= min && value <= max ? value : undefined;
}

/** "95" or "99,5" times in a hundred, as basis points. */
export function serviceOf(text: string): number | undefined {
  const compact = text.replace(/[\s\u00a0\u202f]/g, '').replace(',', '.');
  if (!/^\d{2}(\.\d{1,2})?$/.test(compact)) return undefined;
  const bp = Math.round(Number(compact) * 100);
  return bp >= 5000 && bp <= 9990 ? bp : undefined;
}

/** A typed rate in millionths: "2 851", "2850,5". */
export function microsOf(text: string): number | undefined {
  const compact = text.replace(/[\s\u00a0\u202f]/g, '').replace(',', '.');
  if (!/^\d{1,7}(\.\d{1,6})?$/.test(compact)) return undefined;
  const [whole = '', part = ''] = compact.split('.');
  const micros = Number(whole + part.padEnd(6, '0'));
  return micros > 0 ? micros : undefined;
}

export type RateSide = 'base_per_foreign' | 'foreign_per_base';

/**
 * Which side a first rate of a currency counts: the one that gives a figure above one. People say
 * "2 800 francs for a dollar", in a shop of francs and in one of dollars.
 */
export function firstSide(base: Currency, foreign: Currency): RateSide {
  const isSmall = (currency: Currency) => factsOf(currency).display === 0;
  return isSmall(foreign) && !isSmall(base) ? 'foreign_per_base' : 'base_per_foreign';
}

/** The change of a rate as a share, signed by the worth of the foreign currency. */
export function changeOf(
  before: { rate_micros: number; rate_side: RateSide },
  micros: number,
  side: RateSide,
): number {
  const asBase = (value: number, of: RateSide) => (of === 'base_per_foreign' ? value : 1 / value);
  return asBase(micros, side) / asBase(before.rate_micros, before.rate_side) - 1;
}

export interface Point {
  at: number;
  micros: number;
}

/** The rates that held, oldest first: withdrawn ones never did, and the newest entry of a time wins. */
export function heldRates(
  rates: readonly { valid_from: string; rate_micros: number; withdrawn_at?: string | undefined }[],
  from: number,
  to: number,
): Point[] {
  const points = rates
    .filter((rate) => rate.withdrawn_at === undefined)
    .map((rate) => ({ at: Date.parse(rate.valid_from), micros: rate.rate_micros }))
    .filter((point) => point.at <= to)
    .sort((a, b) => a.at - b.at);
  const before = points.filter((point) => point.at <= from).at(-1);
  const within = points.filter((point) => point.at > from);
  return before ? [{ at: from, micros: before.micros }, ...within] : within;
}

/** Ticks around figures that are never near zero: a rate's axis does not begin there. */
export function rateTicks(low: number, high: number, atMost = 4): number[] {
  const span = Math.max(high - low, high * 0.01);
  const power = 10 ** Math.floor(Math.log10(span / atMost));
  const step =
    [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((one) => span / one <= atMost) ??
    10 * power;
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  return Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}
