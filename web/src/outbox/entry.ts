import type { FieldProblem } from '@/api/problem';
import type { components } from '@/api/schema';
import type { Currency } from '@/money/currencies';

type Schemas = components['schemas'];

export type OutboxState = 'queued' | 'sending' | 'synced' | 'refused';

/** A sale of this till, from the press of the button until long after the server has it. */
export interface OutboxEntry {
  /** The sale's own id: also its idempotency key. */
  id: string;
  /** The order in which sales were made here. */
  seq: number;
  /** The till's own number, `C1-000482`: on the receipt until the legal number is known, and beside it. */
  number: string;
  state: OutboxState;
  request: Schemas['CreateSale'];
  cashier: { id: string; name: string };
  madeAt: number;
  /** What the receipt and the tray show; the request alone has no names and sums. */
  receipt: ReceiptFacts;
  attempts: number;
  /** Why it did not go, the last time. */
  refusal?: { code: string; title: string; errors: FieldProblem[]; at: number; requestId?: string };
  /** What the server recorded. */
  sale?: { number: number; recordedAt: string };
  syncedAt?: number;
}

/** A receipt without the server: everything that is printed. */
export interface ReceiptFacts {
  currency: Currency;
  taxMode: 'included' | 'added';
  lines: {
    name: string;
    unit: string;
    quantity: number;
    unitPriceMinor: number;
    subtotalMinor: number;
    discountMinor: number;
    discountReason: string;
    taxRateBp: number;
    taxMinor: number;
    totalMinor: number;
  }[];
  totalMinor: number;
  taxMinor: number;
  roundingMinor: number;
  receivedMinor: number;
  payments: {
    method: Schemas['PaymentMethod'];
    accountName: string | undefined;
    currency: Currency;
    amountMinor: number;
    baseMinor: number;
    reference: string;
  }[];
  change: { currency: Currency; amountMinor: number }[];
  /** The foreign currency of the day and its rate, for "soit, à 2 851 FC le dollar". */
  rate: { currency: Currency; micros: number; side: Schemas['RateSide'] } | undefined;
}
