/**
 * Paying a ticket. What is being typed already counts as a tender: where it covers the rest, the next
 * Enter ends the sale; where it does not, Enter adds it. Pure: each function returns the next state.
 */

import { changeChoices, notesOf, type ChangeChoice } from '@/money/change';
import { minorPerMajor, shownStep, type Currency } from '@/money/currencies';
import { toForeign } from '@/money/rates';
import {
  dueInCash,
  rateOf,
  settle,
  worthOf,
  type CashOut,
  type Drawer,
  type MoneyLine,
  type Refusal,
} from '@/money/settle';

export type TenderMethod = 'cash' | 'mobile_money' | 'card';

export interface Tender extends MoneyLine {
  method: TenderMethod;
  /** The wallet or bank account that takes it. */
  account: string | undefined;
  reference: string;
}

export interface Typing extends Tender {
  /** False while the amount is the one that was put there: the next digit replaces it. */
  touched: boolean;
}

export interface Paying {
  totalMinor: number;
  drawer: Drawer;
  /** The currency in which change may go back beside the base. */
  foreign: Currency | undefined;
  tenders: readonly Tender[];
  typing: Typing;
  /** Which choice of change; the first is the advised one. */
  choice: number;
}

export interface PayView {
  receivedMinor: number;
  remainingMinor: number;
  /** What goes back before rounding. */
  overMinor: number;
  choices: readonly ChangeChoice[];
  chosen: ChangeChoice | undefined;
  /** What the main button does, and why it does nothing. */
  next: 'add' | 'validate' | 'nothing';
  refusal: Refusal | 'reference_missing' | undefined;
}

export function startPaying(totalMinor: number, drawer: Drawer, foreign?: Currency): Paying {
  const typing = {
    method: 'cash',
    account: undefined,
    reference: '',
    currency: drawer.base,
  } as const;
  const paying: Paying = {
    totalMinor,
    drawer,
    foreign,
    tenders: [],
    typing: { ...typing, amountMinor: 0, touched: false },
    choice: 0,
  };
  return choose(paying, 'cash', drawer.base);
}

const baseOf = (paying: Paying, line: MoneyLine) => worthOf(paying.drawer, line) ?? 0;

/** What the tenders that were added leave to pay. */
export function restOf(paying: Paying): number {
  const taken = paying.tenders.reduce((total, line) => total + baseOf(paying, line), 0);
  return Math.max(0, paying.totalMinor - taken);
}

/** The amount of a method that settles the rest: cash by its step, dollars to the cent. */
export function exactOf(paying: Paying, method: TenderMethod, currency: Currency): number {
  const rest = restOf(paying);
  const { drawer } = paying;
  if (currency === drawer.base) return method === 'cash' ? dueInCash(drawer, rest) : rest;
  const rate = rateOf(drawer, currency);
  if (!rate) return 0;
  const amount = toForeign(rest, rate, currency, drawer.base, shownStep(currency));
  const covers = settle(rest, [{ method, currency, amountMinor: amount }], undefined, drawer).ok;
  return covers ? amount : amount + shownStep(currency);
}

/** Takes a method and a currency; the rest stands there, to be typed over. */
export function choose(
  paying: Paying,
  method: TenderMethod,
  currency: Currency,
  account?: string,
): Paying {
  return {
    ...paying,
    choice: 0,
    typing: {
      method,
      currency,
      account,
      reference: '',
      amountMinor: exactOf(paying, method, currency),
      touched: false,
    },
  };
}

export function setAmount(paying: Paying, amountMinor: number): Paying {
  const typing = { ...paying.typing, amountMinor: Math.max(0, amountMinor), touched: true };
  return { ...paying, typing, choice: 0 };
}

export function setReference(paying: Paying, reference: string): Paying {
  return { ...paying, typing: { ...paying.typing, reference } };
}

export function setAccount(paying: Paying, account: string): Paying {
  return { ...paying, typing: { ...paying.typing, account } };
}

/** A digit: replaces what stands there, then goes behind it. */
export function typeDigit(paying: Paying, digit: number): Paying {
  const { currency, amountMinor, touched } = paying.typing;
  const major = touched ? Math.floor(amountMinor / minorPerMajor(currency)) : 0;
  if (major >= 100_000_000) return paying;
  return setAmount(paying, (major * 10 + digit) * minorPerMajor(currency));
}

export function eraseDigit(paying: Paying): Paying {
  const { currency, amountMinor } = paying.typing;
  const per = minorPerMajor(currency);
  return setAmount(paying, Math.floor(amountMinor / per / 10) * per);
}

/** A note of cash: the first replaces what stands there, the next are added. Switches the currency. */
export function addNote(paying: Paying, major: number, currency: Currency): Paying {
  const same = paying.typing.method === 'cash' && paying.typing.currency === currency;
  const from = same ? paying : choose(paying, 'cash', currency);
  const before = from.typing.touched ? from.typing.amountMinor : 0;
  return setAmount(from, before + major * minorPerMajor(currency));
}

/** What a customer hands over next: 60 200 becomes 60 500, 61 000, 65 000, 70 000, 80 000, 100 000. */
export function nextNote(paying: Paying): Paying {
  const { method, currency, amountMinor } = paying.typing;
  const per = minorPerMajor(currency);
  const notes = [...notesOf(currency)].reverse().map((note) => note * per);
  const exact = exactOf(paying, method, currency);
  if (amountMinor < exact) return setAmount(paying, exact);
  const handed = notes.map((note) => Math.ceil(exact / note) * note);
  const next = handed.filter((amount) => amount > amountMinor).sort((a, b) => a - b)[0];
  const largest = notes.at(-1) ?? 0;
  return setAmount(paying, next ?? (Math.floor(amountMinor / largest) + 1) * largest);
}

/** The tenders, and what is typed as one of them. */
export function allTenders(paying: Paying): Tender[] {
  const { touched: _touched, ...typing } = paying.typing;
  return typing.amountMinor > 0 ? [...paying.tenders, typing] : [...paying.tenders];
}

export function addTender(paying: Paying): Paying {
  const { touched: _touched, ...tender } = paying.typing;
  if (tender.amountMinor <= 0) return paying;
  const next = { ...paying, tenders: [...paying.tenders, tender] };
  return choose(next, 'cash', paying.drawer.base);
}

export function removeTender(paying: Paying, at: number): Paying {
  const next = { ...paying, tenders: paying.tenders.filter((_, index) => index !== at) };
  return choose(next, next.typing.method, next.typing.currency, next.typing.account);
}

export function moveChoice(paying: Paying, by: 1 | -1): Paying {
  const { choices } = viewOf(paying);
  if (choices.length === 0) return paying;
  const choice = Math.min(choices.length - 1, Math.max(0, paying.choice + by));
  return { ...paying, choice };
}

export function pickChoice(paying: Paying, choice: number): Paying {
  return { ...paying, choice };
}

/** Everything that the screen shows, and what the main button does. */
export function viewOf(paying: Paying): PayView {
  const tenders = allTenders(paying);
  const receivedMinor = tenders.reduce((total, line) => total + baseOf(paying, line), 0);
  const over = receivedMinor - paying.totalMinor;
  const choices = changeChoices(paying.totalMinor, tenders, paying.drawer, paying.foreign);
  const chosen = choices[Math.min(paying.choice, choices.length - 1)];
  const settled = settle(paying.totalMinor, tenders, chosen?.lines, paying.drawer);
  const wants = tenders.some((line) => line.method === 'mobile_money' && !line.reference.trim());
  const refusal = !settled.ok ? settled.refused : wants ? 'reference_missing' : undefined;
  const isMet = settled.ok;
  return {
    receivedMinor,
    remainingMinor: isMet ? 0 : Math.max(0, -over),
    overMinor: Math.max(0, over),
    choices,
    chosen,
    next: refusal
      ? refusal === 'payment.insufficient' && paying.typing.amountMinor > 0
        ? 'add'
        : 'nothing'
      : 'validate',
    refusal,
  };
}

/** Reads what goes back, for the sale. */
export function changeOf(paying: Paying): CashOut[] {
  return viewOf(paying).chosen?.lines ?? [];
}
