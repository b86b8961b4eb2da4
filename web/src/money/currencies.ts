/** The currencies that the program knows: the same table as `kernel::currency` on the server. */

export interface CurrencyFacts {
  /** Digits behind the point in what is stored (ISO 4217). */
  exponent: number;
  /** Digits that people see and type. */
  display: number;
  /** Smallest step that is paid in cash, minor units. */
  cashStep: number;
}

const FACTS = {
  CDF: [2, 0, 5000],
  USD: [2, 2, 1],
  EUR: [2, 2, 1],
  GBP: [2, 2, 1],
  XAF: [0, 0, 5],
  XOF: [0, 0, 5],
  RWF: [0, 0, 1],
  BIF: [0, 0, 1],
  UGX: [0, 0, 50],
  KES: [2, 2, 100],
  TZS: [2, 0, 5000],
  ZMW: [2, 2, 5],
  AOA: [2, 2, 100],
  CHF: [2, 2, 5],
  CAD: [2, 2, 5],
  ZAR: [2, 2, 10],
  MAD: [2, 2, 1],
  NGN: [2, 2, 1],
  GHS: [2, 2, 1],
  CNY: [2, 2, 1],
  INR: [2, 2, 100],
} as const satisfies Record<string, readonly [number, number, number]>;

export type Currency = keyof typeof FACTS;

export const CURRENCIES = Object.keys(FACTS) as Currency[];

export const isCurrency = (text: string): text is Currency => Object.hasOwn(FACTS, text);

export function factsOf(currency: Currency): CurrencyFacts {
  const [exponent, display, cashStep] = FACTS[currency];
  return { exponent, display, cashStep };
}

/** Minor units in one major unit: 100 for CDF, 1 for XAF. */
export function minorPerMajor(currency: Currency): number {
  return 10 ** factsOf(currency).exponent;
}

/** Minor units in the smallest amount that people see: 100 for CDF (one franc), 1 for USD. */
export function shownStep(currency: Currency): number {
  const { exponent, display } = factsOf(currency);
  return 10 ** Math.max(0, exponent - display);
}
