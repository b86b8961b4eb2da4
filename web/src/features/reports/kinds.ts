/** The reports that can be ordered, and which days each is about. */

import type { Schemas } from '@/api/client';
import { addDays } from '@/format/dates';
import type { Period } from '@/ui/figures';

export type Kind = Schemas['ReportKind'];

/** Of one day, of a stretch of days, or of today whatever is asked. */
export type Span = 'day' | 'days' | 'today';

export const KINDS: readonly { kind: Kind; span: Span }[] = [
  { kind: 'daily_close', span: 'day' },
  { kind: 'sales', span: 'days' },
  { kind: 'tax_summary', span: 'days' },
  { kind: 'product_performance', span: 'days' },
  { kind: 'stock_valuation', span: 'day' },
  { kind: 'cashier_summary', span: 'days' },
  { kind: 'low_stock', span: 'today' },
  { kind: 'forecast', span: 'days' },
];

export function spanOf(kind: Kind): Span {
  return KINDS.find((one) => one.kind === kind)?.span ?? 'days';
}

/** The kind that an address names, or the first. */
export function kindOf(word: string): Kind {
  return KINDS.find((one) => one.kind === word)?.kind ?? 'daily_close';
}

/** The days of a month, "2026-10"; those of the present one end today. */
export function monthDays(month: string, today: string): Period {
  const from = `${month}-01`;
  const last = addDays(addDays(from, 31).slice(0, 8).concat('01'), -1);
  return { from, to: last > today ? today : last };
}

/** A month so many months later or earlier. */
export function addMonths(month: string, months: number): string {
  const date = new Date(`${month}-01T12:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + months);
  return date.toISOString().slice(0, 7);
}

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

export interface Asked {
  month: string;
  day: string;
  /** Any two days instead of a month. */
  free: Period | undefined;
}

/** What an address asks for, made whole: nothing lies after today. */
export function askedOf(get: (name: string) => string, today: string): Asked {
  const month = MONTH.test(get('mois')) ? get('mois') : '';
  const day = DAY.test(get('jour')) ? get('jour') : '';
  const [from, to] = [get('du'), get('au')];
  const free = DAY.test(from) && DAY.test(to) && from <= to && from <= today;
  return {
    month: month && month <= today.slice(0, 7) ? month : addMonths(today.slice(0, 7), -1),
    day: day && day <= today ? day : today,
    free: free ? { from, to: to > today ? today : to } : undefined,
  };
}

/** The days that are sent with an order. */
export function daysOf(kind: Kind, asked: Asked, today: string): Period {
  switch (spanOf(kind)) {
    case 'day':
      return { from: asked.day, to: asked.day };
    case 'today':
      return { from: today, to: today };
    default:
      return asked.free ?? monthDays(asked.month, today);
  }
}
