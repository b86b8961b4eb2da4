/** The list of sales as its address says it. Pure. */

import type { paths } from '@/api/schema';
import type { Period } from '@/ui/figures';

export type SalesQuery = NonNullable<paths['/api/v1/sales']['get']['parameters']['query']>;

export const STATES = ['completed', 'partially_refunded', 'refunded', 'voided'] as const;
export type SaleState = (typeof STATES)[number];

export interface SalesAddress {
  period: Period;
  state: SaleState | '';
  cashier: string;
  number: string;
  late: boolean;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Reads an address; the last seven days where it names none. */
export function readAddress(get: (name: string) => string, week: Period): SalesAddress {
  const [from, to] = [get('du'), get('au')];
  const named = DAY.test(from) && DAY.test(to) && from <= to;
  return {
    period: named ? { from, to } : week,
    state: STATES.find((known) => known === get('etat')) ?? '',
    cashier: get('caisse'),
    number: get('numero').replace(/\D/g, '').slice(0, 12),
    late: get('tard') === '1',
  };
}

/** A number is looked for on all days: who has a ticket in hand rarely knows its day. */
export function queryOf(address: SalesAddress): SalesQuery {
  if (address.number) return { limit: 50, number: Number(address.number) };
  return {
    limit: 50,
    from: address.period.from,
    to: address.period.to,
    ...(address.state && { state: address.state }),
    ...(address.cashier && { cashier_id: address.cashier }),
    ...(address.late && { entered_late: true }),
  };
}

export const isFiltered = ({ state, cashier, number, late }: SalesAddress): boolean =>
  state !== '' || cashier !== '' || number !== '' || late;
