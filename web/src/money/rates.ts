import { minorPerMajor, type Currency } from './currencies';
import { bounded, divHalfUp, integer } from './exact';

/** A rate in millionths, and which currency it counts for one unit of the other. */
export interface ExchangeRate {
  micros: number;
  side: 'base_per_foreign' | 'foreign_per_base';
}

export const PAR: ExchangeRate = { micros: 1_000_000, side: 'base_per_foreign' };

const MICROS = 1_000_000n;

/** What one minor unit of the foreign currency is worth in minor units of the base, as a fraction. */
function worth(rate: ExchangeRate, foreign: Currency, base: Currency): [bigint, bigint] {
  const micros = integer(rate.micros);
  const perBase = BigInt(minorPerMajor(base));
  const perForeign = BigInt(minorPerMajor(foreign));
  return rate.side === 'base_per_foreign'
    ? [micros * perBase, MICROS * perForeign]
    : [MICROS * perBase, micros * perForeign];
}

/** Foreign minor units in base minor units, rounded half-up once. */
export function toBase(
  amount: number,
  rate: ExchangeRate,
  foreign: Currency,
  base: Currency,
): number {
  const [numerator, denominator] = worth(rate, foreign, base);
  return bounded(divHalfUp(integer(amount) * numerator, denominator));
}

/** Base minor units in foreign minor units, in whole steps, rounded half-up once. */
export function toForeign(
  baseMinor: number,
  rate: ExchangeRate,
  foreign: Currency,
  base: Currency,
  step = 1,
): number {
  const [numerator, denominator] = worth(rate, foreign, base);
  const by = integer(Math.max(1, step));
  return bounded(divHalfUp(integer(baseMinor) * denominator, numerator * by) * by);
}

/** True when a base amount is smaller than one minor unit of the foreign currency. */
export function isBelowOneMinor(
  baseMinor: number,
  rate: ExchangeRate,
  foreign: Currency,
  base: Currency,
): boolean {
  const [numerator, denominator] = worth(rate, foreign, base);
  return integer(Math.abs(baseMinor)) * denominator < numerator;
}
