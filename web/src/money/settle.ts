/**
 * Paying: tenders in several currencies, change in any of them, and the rounding of cash.
 * `sales::orders::tender` in TypeScript; both run `tests/vectors/money.json`.
 */

import { factsOf, type Currency } from './currencies';
import { roundToStep, sum } from './exact';
import { isBelowOneMinor, PAR, toBase, type ExchangeRate } from './rates';

export type Method = 'cash' | 'mobile_money' | 'card' | 'bank_transfer' | 'credit' | 'unknown';

/** The shop's own currency, the step of its cash, and the rates of the day. */
export interface Drawer {
  base: Currency;
  stepMinor: number;
  rates: Partial<Record<Currency, ExchangeRate>>;
}

export interface MoneyLine {
  method: Method;
  currency: Currency;
  amountMinor: number;
}

export interface CashOut {
  currency: Currency;
  amountMinor: number;
}

export type Refusal =
  | 'payment.insufficient'
  | 'payment.change_exceeds_cash'
  | 'payment.unbalanced'
  | 'payment.cash_step'
  | 'payment.rate_missing';

export type Settlement =
  | { ok: true; change: CashOut[]; changeMinor: number; roundingMinor: number }
  | { ok: false; refused: Refusal };

/** The step in which cash of a currency is paid out. */
export function stepOf(drawer: Drawer, currency: Currency): number {
  return currency === drawer.base ? drawer.stepMinor : factsOf(currency).cashStep;
}

export function rateOf(drawer: Drawer, currency: Currency): ExchangeRate | undefined {
  return currency === drawer.base ? PAR : drawer.rates[currency];
}

/** What an amount is worth in base currency; undefined where there is no rate. */
export function worthOf(
  drawer: Drawer,
  line: Pick<MoneyLine, 'currency' | 'amountMinor'>,
): number | undefined {
  const rate = rateOf(drawer, line.currency);
  return rate && toBase(line.amountMinor, rate, line.currency, drawer.base);
}

/** What cash has to pay of an amount: the nearest step; more than nothing is at least one step. */
export function dueInCash(drawer: Drawer, minor: number): number {
  const rounded = roundToStep(minor, drawer.stepMinor);
  return minor > 0 && rounded === 0 ? drawer.stepMinor : rounded;
}

interface Taken {
  total: number;
  paid: number;
  cash: number;
}

function isBelowForeign(drawer: Drawer, rounding: number, moved: readonly MoneyLine[]): boolean {
  const isBase = (line: MoneyLine) => line.currency === drawer.base;
  const movesBaseCash = moved.some(
    (line) => line.method === 'cash' && line.amountMinor > 0 && isBase(line),
  );
  if (movesBaseCash) return false;
  return moved.some((line) => {
    const rate = rateOf(drawer, line.currency);
    return (
      line.amountMinor > 0 &&
      !isBase(line) &&
      rate !== undefined &&
      isBelowOneMinor(rounding, rate, line.currency, drawer.base)
    );
  });
}

function allowsRounding(drawer: Drawer, rounding: number, moved: readonly MoneyLine[]): boolean {
  const movesCash = moved.some((line) => line.method === 'cash' && line.amountMinor > 0);
  return (
    rounding === 0 ||
    (movesCash && Math.abs(rounding) <= drawer.stepMinor) ||
    isBelowForeign(drawer, rounding, moved)
  );
}

const plain = (roundingMinor: number): Settlement => ({
  ok: true,
  change: [],
  changeMinor: 0,
  roundingMinor,
});

const refuse = (refused: Refusal): Settlement => ({ ok: false, refused });

/** Settles a total with the change that is asked for, or, without one, with change in base currency. */
export function settle(
  totalMinor: number,
  payments: readonly MoneyLine[],
  change: readonly CashOut[] | undefined,
  drawer: Drawer,
): Settlement {
  const worths = payments.map((line) => worthOf(drawer, line));
  if (worths.some((worth) => worth === undefined)) return refuse('payment.rate_missing');
  const cash = worths.filter((_, index) => payments[index]?.method === 'cash');
  const taken: Taken = {
    total: totalMinor,
    paid: sum(worths as number[]),
    cash: sum(cash as number[]),
  };
  if (!change) return settleInBase(taken, payments, drawer);
  if (change.some((line) => line.amountMinor % stepOf(drawer, line.currency) !== 0)) {
    return refuse('payment.cash_step');
  }
  return settleAsAsked(taken, payments, change, drawer);
}

function settleAsAsked(
  taken: Taken,
  payments: readonly MoneyLine[],
  change: readonly CashOut[],
  drawer: Drawer,
): Settlement {
  const worths = change.map((line) => worthOf(drawer, line));
  if (worths.some((worth) => worth === undefined)) return refuse('payment.rate_missing');
  const out = sum(worths as number[]);
  if (out > taken.cash) return refuse('payment.change_exceeds_cash');
  if (change.length === 0 && taken.paid < taken.total) {
    return settleInBase(taken, payments, drawer);
  }
  const rounding = taken.paid - out - taken.total;
  const moved = [...payments, ...change.map((line) => ({ ...line, method: 'cash' as const }))];
  const rest = taken.total - (taken.paid - taken.cash);
  const paysNothing = rest > 0 && taken.cash > 0 && taken.cash === out;
  if (paysNothing || !allowsRounding(drawer, rounding, moved)) return refuse('payment.unbalanced');
  return { ok: true, change: [...change], changeMinor: out, roundingMinor: rounding };
}

function settleInBase(taken: Taken, payments: readonly MoneyLine[], drawer: Drawer): Settlement {
  const rest = taken.total - (taken.paid - taken.cash);
  const over = taken.cash - rest;
  if (over === 0) return plain(0);
  if (taken.cash === 0) {
    const moved = payments.filter((line) => line.method !== 'cash');
    if (isBelowForeign(drawer, over, moved)) return plain(over);
    return refuse(over < 0 ? 'payment.insufficient' : 'payment.change_exceeds_cash');
  }
  if (over < 0) {
    const isMet = taken.cash >= dueInCash(drawer, rest);
    const passes = isMet || isBelowForeign(drawer, over, payments);
    return passes ? plain(over) : refuse('payment.insufficient');
  }
  const back =
    rest > 0 && roundToStep(rest, drawer.stepMinor) === 0
      ? taken.cash - dueInCash(drawer, rest)
      : over;
  const change = Math.max(0, roundToStep(back, drawer.stepMinor));
  if (change > taken.cash || rest < 0) return refuse('payment.change_exceeds_cash');
  if (change === 0) return plain(over);
  return {
    ok: true,
    change: [{ currency: drawer.base, amountMinor: change }],
    changeMinor: change,
    roundingMinor: over - change,
  };
}
