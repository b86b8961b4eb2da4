/** The ready choices of change: the largest note first, all in base currency, most of the foreign. */

import { factsOf, minorPerMajor, type Currency } from './currencies';
import { roundToStep, sum } from './exact';
import { settle, worthOf, type CashOut, type Drawer, type MoneyLine } from './settle';

export type ChangeKind = 'advised' | 'base' | 'foreign';

export interface ChangeChoice {
  kind: ChangeKind;
  lines: CashOut[];
  /** What the choice is worth in base currency. */
  baseMinor: number;
  /** What the cash step adds to the total, or takes from it. */
  roundingMinor: number;
}

/** Notes of foreign money, in major units, the largest first. */
export const FOREIGN_NOTES = [100, 50, 20, 10, 5, 1] as const;

/** One choice: so much foreign money, the rest in base cash by its step. */
function choice(
  kind: ChangeKind,
  foreign: CashOut | undefined,
  total: number,
  payments: readonly MoneyLine[],
  drawer: Drawer,
): ChangeChoice | undefined {
  const paid = sum(payments.map((line) => worthOf(drawer, line) ?? 0));
  const given = foreign ? (worthOf(drawer, foreign) ?? 0) : 0;
  const rest = roundToStep(Math.max(0, paid - total - given), drawer.stepMinor);
  const lines: CashOut[] = [
    ...(foreign && foreign.amountMinor > 0 ? [foreign] : []),
    ...(rest > 0 ? [{ currency: drawer.base, amountMinor: rest }] : []),
  ];
  const settled = settle(total, payments, lines, drawer);
  if (!settled.ok) return undefined;
  return {
    kind,
    lines,
    baseMinor: settled.changeMinor,
    roundingMinor: settled.roundingMinor,
  };
}

/** The choices for what was paid; none where nothing goes back. */
export function changeChoices(
  total: number,
  payments: readonly MoneyLine[],
  drawer: Drawer,
  foreign: Currency | undefined,
): ChangeChoice[] {
  const paid = sum(payments.map((line) => worthOf(drawer, line) ?? 0));
  const over = paid - total;
  if (over <= 0) return [];
  const base = choice('base', undefined, total, payments, drawer);
  const found: (ChangeChoice | undefined)[] = [];
  if (foreign && drawer.rates[foreign]) {
    const major = minorPerMajor(foreign);
    const unit = worthOf(drawer, { currency: foreign, amountMinor: major }) ?? 0;
    const most = unit > 0 ? Math.floor(over / unit) : 0;
    const note = FOREIGN_NOTES.find((value) => value <= most);
    const of = (units: number): CashOut => ({ currency: foreign, amountMinor: units * major });
    // Foreign notes are advised where the customer paid with them.
    const paidForeign = payments.some(
      (line) => line.currency === foreign && line.method === 'cash',
    );
    if (note !== undefined) {
      const advised = choice('advised', of(note), total, payments, drawer);
      if (paidForeign) found.push(advised, base);
      else found.push(base, advised && { ...advised, kind: 'foreign' });
      if (most !== note) found.push(choice('foreign', of(most), total, payments, drawer));
    } else found.push(base);
  } else found.push(base);
  const choices = found.filter((entry) => entry !== undefined);
  const first = choices[0];
  if (!first && over < drawer.stepMinor) return [];
  return choices.filter((entry) => entry.lines.length > 0);
}

/** The notes of a currency, in major units, the largest first. */
export function notesOf(currency: Currency): readonly number[] {
  if (currency === 'CDF') return [20_000, 10_000, 5_000, 1_000, 500];
  return factsOf(currency).display === 0 ? [10_000, 5_000, 2_000, 1_000, 500] : FOREIGN_NOTES;
}
