/** The list of sales as its address says it. Pure. */

import type { paths } from '@/api/schema';
import { isCurrency, type Currency } from '@/money/currencies';
import type { Period } from '@/ui/figures';

export type SalesQuery = NonNullable<paths['/api/v1/sales']['get']['parameters']['query']>;

export const STATES = ['completed', 'partially_refunded', 'refunded', 'voided'] as const;
export type SaleState = (typeof STATES)[number];

export const METHODS = ['cash', 'mobile_money', 'card', 'bank_transfer', 'credit'] as const;
export type Method = (typeof METHODS)[number];

export interface SalesAddress {
  period: Period;
  /** A number of a ticket, or words. */
  q: string;
  number: string;
  state: SaleState | '';
  cashier: string;
  method: Method | '';
  currency: Currency | '';
  place: string;
  product: string;
  late: boolean;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOST_LETTERS = 100;

/** Reads an address; the last seven days where it names none. */
export function readAddress(get: (name: string) => string, week: Period): SalesAddress {
  const [from, to] = [get('du'), get('au')];
  const named = DAY.test(from) && DAY.test(to) && from <= to;
  const currency = get('monnaie');
  return {
    period: named ? { from, to } : week,
    q: get('q').trim().slice(0, MOST_LETTERS),
    number: get('numero').replace(/\D/g, '').slice(0, 12),
    state: STATES.find((known) => known === get('etat')) ?? '',
    cashier: get('caisse'),
    method: METHODS.find((known) => known === get('moyen')) ?? '',
    currency: isCurrency(currency) ? currency : '',
    place: get('lieu'),
    product: get('article'),
    late: get('tard') === '1',
  };
}

/** Digits name a ticket, a reference or a barcode: who has one in hand rarely knows its day. */
export const isOnAllDays = ({ q, number }: Pick<SalesAddress, 'q' | 'number'>): boolean =>
  number !== '' || /\d/.test(q);

export function queryOf(address: SalesAddress): SalesQuery {
  if (address.number) return { limit: 50, number: Number(address.number) };
  return {
    limit: 50,
    ...(!isOnAllDays(address) && address.period),
    ...(address.q && { q: address.q }),
    ...(address.state && { state: address.state }),
    ...(address.cashier && { cashier_id: address.cashier }),
    ...(address.method && { method: address.method }),
    ...(address.currency && { currency: address.currency }),
    ...(address.place && { location_id: address.place }),
    ...(address.product && { product_id: address.product }),
    ...(address.late && { entered_late: true }),
  };
}

/** How many filters hide rows, the search apart. */
export const filterCount = (address: SalesAddress): number =>
  [
    address.state,
    address.cashier,
    address.method,
    address.currency,
    address.place,
    address.product,
    address.late,
  ].filter(Boolean).length;

export const isFiltered = (address: SalesAddress): boolean =>
  address.q !== '' || address.number !== '' || filterCount(address) > 0;

/** What takes every filter away; the days stay. */
export const CLEARED = {
  q: undefined,
  numero: undefined,
  etat: undefined,
  caisse: undefined,
  moyen: undefined,
  monnaie: undefined,
  lieu: undefined,
  article: undefined,
  tard: undefined,
} as const;
