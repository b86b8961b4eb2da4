import { describe, expect, test } from 'vitest';
import file from '../../../tests/vectors/money.json';
import type { Currency } from './currencies';
import { allocate, roundToStep } from './exact';
import { taxOnTop, taxWithin } from './pricing';
import { toBase, toForeign, type ExchangeRate } from './rates';
import { settle, type Drawer, type MoneyLine } from './settle';

interface Rated {
  rate_micros: number;
  rate_side: ExchangeRate['side'];
}
interface Line {
  method: MoneyLine['method'];
  currency: Currency;
  amount_minor: number;
}
interface Vectors {
  to_base: (Rated & {
    amount_minor: number;
    currency: Currency;
    base: Currency;
    base_minor: number;
  })[];
  to_foreign: (Rated & {
    base_minor: number;
    currency: Currency;
    base: Currency;
    step_minor: number;
    amount_minor: number;
  })[];
  tax_included: { gross_minor: number; rate_bp: number; tax_minor: number }[];
  tax_added: { net_minor: number; rate_bp: number; tax_minor: number }[];
  split: { total_minor: number; weights: number[]; parts_minor: number[] }[];
  cash_rounding: { amount_minor: number; step_minor: number; rounded_minor: number }[];
  change: (Rated & {
    total_minor: number;
    base: Currency;
    step_minor: number;
    currency: Currency;
    payments: Line[];
    change?: Line[];
    goes_back?: Line[];
    rounding_minor?: number;
    refused?: string;
  })[];
}

// The file that the server's own test runs.
const vectors = file as unknown as Vectors;

const rate = (entry: Rated): ExchangeRate => ({ micros: entry.rate_micros, side: entry.rate_side });

describe('the vectors of money that the server also runs', () => {
  test.each(vectors.to_base)('to base: $amount_minor $currency in $base', (entry) => {
    expect(toBase(entry.amount_minor, rate(entry), entry.currency, entry.base)).toBe(
      entry.base_minor,
    );
  });

  test.each(vectors.to_foreign)('to foreign: $base_minor $base in $currency', (entry) => {
    expect(
      toForeign(entry.base_minor, rate(entry), entry.currency, entry.base, entry.step_minor),
    ).toBe(entry.amount_minor);
  });

  test.each(vectors.tax_included)('tax within $gross_minor at $rate_bp', (entry) => {
    expect(taxWithin(entry.gross_minor, entry.rate_bp)).toBe(entry.tax_minor);
  });

  test.each(vectors.tax_added)('tax on top of $net_minor at $rate_bp', (entry) => {
    expect(taxOnTop(entry.net_minor, entry.rate_bp)).toBe(entry.tax_minor);
  });

  test.each(vectors.split)('split of $total_minor by $weights', (entry) => {
    expect(allocate(entry.total_minor, entry.weights)).toEqual(entry.parts_minor);
  });

  test.each(vectors.cash_rounding)('$amount_minor by steps of $step_minor', (entry) => {
    expect(roundToStep(entry.amount_minor, entry.step_minor)).toBe(entry.rounded_minor);
  });

  test.each(vectors.change)('change of $payments for $total_minor $base', (entry) => {
    const drawer: Drawer = {
      base: entry.base,
      stepMinor: entry.step_minor,
      rates: { [entry.currency]: rate(entry) },
    };
    const line = ({ method, currency, amount_minor }: Line) => ({
      method,
      currency,
      amountMinor: amount_minor,
    });
    const settled = settle(
      entry.total_minor,
      entry.payments.map(line),
      entry.change?.map(line),
      drawer,
    );
    if (entry.refused) {
      expect(settled).toEqual({ ok: false, refused: entry.refused });
      return;
    }
    expect(settled).toMatchObject({ ok: true, roundingMinor: entry.rounding_minor });
    const back = settled.ok ? settled.change : [];
    expect(
      back.map(({ currency, amountMinor }) => ({ currency, amount_minor: amountMinor })),
    ).toEqual(entry.goes_back);
  });
});
