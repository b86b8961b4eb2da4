/** Money for people: integer minor units in, "1 250 000 FC" out. */

import { factsOf, minorPerMajor, type Currency } from '@/money/currencies';
import { locale, numberFormat, tidy } from './locale';

const SIGNS: Partial<Record<Currency, string>> = { CDF: 'FC', USD: '$', EUR: '€', GBP: '£' };

/** The short sign of a currency: FC, $, €; elsewhere its code. */
export function currencySign(currency: Currency): string {
  return SIGNS[currency] ?? currency;
}

interface MoneyOptions {
  /** Writes + before what is more than nothing. */
  signed?: boolean;
  /** Writes "10 $" for ten dollars sharp: notes and short places. */
  short?: boolean;
}

/** The figure alone, as a column whose head names the currency shows it: "16 000". */
export function formatAmount(
  minor: number,
  currency: Currency,
  options: MoneyOptions = {},
): string {
  const { display, exponent } = factsOf(currency);
  const per = minorPerMajor(currency);
  const whole = options.short && minor % per === 0;
  const digits = whole ? 0 : display;
  // Rounded in integers first: a float never decides a franc.
  const step = 10 ** Math.max(0, exponent - display);
  const shown = Math.sign(minor) * Math.round(Math.abs(minor) / step) * step;
  const text = numberFormat({
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: options.signed ? 'exceptZero' : 'negative',
  }).format(shown / per);
  return tidy(text);
}

/** The figure with its sign: "16 000 FC", "12,50 $"; in English "$12.50". */
export function formatMoney(minor: number, currency: Currency, options: MoneyOptions = {}): string {
  const sign = currencySign(currency);
  const amount = formatAmount(minor, currency, options);
  if (locale().startsWith('en') && sign.length === 1) {
    return amount.replace(/^([+\u2212]?)/, `$1${sign.replace('$', '$$$$')}`);
  }
  return `${amount}\u00a0${sign}`;
}

/** A rate in millionths, in words: "1 $ = 2 851 FC". */
export function formatRate(
  micros: number,
  side: 'base_per_foreign' | 'foreign_per_base',
  foreign: Currency,
  base: Currency,
): string {
  const [one, many] = side === 'base_per_foreign' ? [foreign, base] : [base, foreign];
  const figure = numberFormat({ maximumFractionDigits: 2 }).format(micros / 1_000_000);
  return `1\u00a0${currencySign(one)} = ${tidy(figure)}\u00a0${currencySign(many)}`;
}

/** "1,2 M": for the ticks of a graph, all in the unit of the highest: "0,4 M" below "1,6 M". */
export function formatCompact(minor: number, currency: Currency, highest = minor): string {
  const per = minorPerMajor(currency);
  const most = Math.abs(highest / per);
  if (most < 1e6 || most >= 1e9 || minor === 0) {
    const text = numberFormat({ notation: 'compact', maximumFractionDigits: 1 }).format(
      minor / per,
    );
    return tidy(text);
  }
  return `${tidy(numberFormat({ maximumFractionDigits: 2 }).format(minor / per / 1e6))}\u00a0M`;
}

export type ParsedAmount =
  | { ok: true; minor: number }
  | { ok: false; why: 'empty' | 'not_a_number' | 'ambiguous' | 'too_fine' };

/**
 * Reads what somebody typed: `12500`, `12 500`, `12.500` or `12,5` by the language. What could be
 * read in two ways is refused, never guessed.
 */
export function parseAmount(text: string, currency: Currency): ParsedAmount {
  const { display, exponent } = factsOf(currency);
  const compact = text.replace(/[\s\u00a0\u202f'’]/g, '').replace(/\u2212/g, '-');
  if (compact === '') return { ok: false, why: 'empty' };
  if (!/^-?\d[\d.,]*$/.test(compact)) return { ok: false, why: 'not_a_number' };
  const marks = compact.replace(/[^.,]/g, '');
  let major = compact;
  let decimals = '';
  if (marks.length > 0) {
    const last = marks.at(-1) ?? '';
    const once = compact.split(last).length === 2;
    const mixed = new Set(marks).size === 2;
    const tail = compact.slice(compact.lastIndexOf(last) + 1);
    const isDecimal = locale().startsWith('en') ? last === '.' : last === ',';
    if (mixed && !once) return { ok: false, why: 'ambiguous' };
    if (once && (mixed || isDecimal || tail.length !== 3)) {
      // One mark that is not a group: three digits behind the decimal sign of a currency that shows
      // fewer could be thousands.
      if (!mixed && tail.length === 3) return { ok: false, why: 'ambiguous' };
      decimals = tail;
      major = compact.slice(0, compact.lastIndexOf(last));
    }
    if (!/^-?\d{1,3}([.,]\d{3})*$|^-?\d+$/.test(major)) return { ok: false, why: 'ambiguous' };
    major = major.replace(/[.,]/g, '');
  }
  const fine = decimals.replace(/0+$/, '');
  if (fine.length > display) return { ok: false, why: 'too_fine' };
  const minor = Number(major + decimals.slice(0, exponent).padEnd(exponent, '0'));
  return Number.isSafeInteger(minor) ? { ok: true, minor } : { ok: false, why: 'not_a_number' };
}
