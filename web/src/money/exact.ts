/** Whole numbers only: what passes 2^53 on the way is worked out in BigInt, and checked at the end. */

/** Largest amount of one field, minor units (`kernel::money::MAX_MINOR`). */
export const MAX_MINOR = 1_000_000_000_000_000;

export class OutOfRange extends Error {
  override name = 'OutOfRange';
}

/** Division rounded half away from zero: the till's "half-up". */
export function divHalfUp(numerator: bigint, denominator: bigint): bigint {
  const half = denominator / 2n;
  return numerator >= 0n ? (numerator + half) / denominator : (numerator - half) / denominator;
}

/** Back to a number, refused beyond the largest amount. */
export function bounded(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || Math.abs(number) > MAX_MINOR) {
    throw new OutOfRange('the amount is out of range');
  }
  return number;
}

/** Takes an integer of a JSON field, and refuses what is none. */
export function integer(value: number): bigint {
  if (!Number.isSafeInteger(value)) throw new OutOfRange(`${value} is not a safe integer`);
  return BigInt(value);
}

export function sum(amounts: Iterable<number>): number {
  let total = 0n;
  for (const amount of amounts) total += integer(amount);
  return bounded(total);
}

/** Thousandths of a quantity: quantities have at most three decimals. */
export function thousandths(quantity: number): number {
  return Math.round(quantity * 1000);
}

/** Rounds to the nearest multiple of `step`, half-up. A step of one or less changes nothing. */
export function roundToStep(minor: number, step: number): number {
  if (step <= 1) return minor;
  return bounded(divHalfUp(integer(minor), integer(step)) * integer(step));
}

/** Price for a quantity, rounded half-up once to a multiple of `step`. */
export function extend(unitMinor: number, quantity: number, step: number): number {
  const by = integer(Math.max(1, step));
  const exact = integer(unitMinor) * integer(thousandths(quantity));
  return bounded(divHalfUp(exact, 1000n * by) * by);
}

/**
 * Splits `total` over `weights` by largest remainder: whole minor units that add up to it exactly.
 * Equal remainders go to the earlier part; all-zero weights put everything on the first.
 */
export function allocate(total: number, weights: readonly number[]): number[] {
  const shares = weights.map((weight) => integer(Math.max(0, weight)));
  const whole = shares.reduce((a, b) => a + b, 0n);
  if (whole === 0n) return weights.map((_, index) => (index === 0 ? total : 0));
  const sign = total < 0 ? -1n : 1n;
  const magnitude = integer(total) * sign;
  const parts = shares.map((share, index) => ({
    index,
    part: (magnitude * share) / whole,
    rest: (magnitude * share) % whole,
  }));
  let left = magnitude - parts.reduce((a, { part }) => a + part, 0n);
  const byRest = [...parts].sort((a, b) =>
    a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1,
  );
  for (const entry of byRest) {
    if (left === 0n) break;
    entry.part += 1n;
    left -= 1n;
  }
  // `+ 0` because -0 is not what anybody wants to see.
  return parts.map(({ part }) => bounded(part * sign) + 0);
}

/** Splits like {@link allocate} in multiples of `step`; `total` is one. */
export function allocateInSteps(total: number, weights: readonly number[], step: number): number[] {
  const by = Math.max(1, step);
  return allocate(Math.trunc(total / by), weights).map((part) => part * by);
}
