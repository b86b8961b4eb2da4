/** The ledger as its address says it. Pure. */

import type { Schemas } from '@/api/client';
import type { paths } from '@/api/schema';

export type MovementsQuery = NonNullable<
  paths['/api/v1/inventory/movements']['get']['parameters']['query']
>;

export const KINDS = [
  'opening',
  'receipt',
  'sale',
  'refund',
  'void',
  'adjustment',
  'count',
  'transfer',
  'import',
] as const satisfies Schemas['Movement']['kind'][];

export interface MovementsAddress {
  product: string;
  place: string;
  kind: (typeof KINDS)[number] | undefined;
  person: string;
  document: string;
  from: string;
  to: string;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Reads an address; days that are none, or the wrong way round, are as if they were not there. */
export function readAddress(get: (name: string) => string): MovementsAddress {
  const day = (name: string) => (DAY.test(get(name)) ? get(name) : '');
  const [from, to] = [day('du'), day('au')];
  const isTurned = from !== '' && to !== '' && from > to;
  return {
    product: get('article'),
    place: get('lieu'),
    kind: KINDS.find((known) => known === get('genre')),
    person: get('par'),
    document: get('bon'),
    from: isTurned ? '' : from,
    to: isTurned ? '' : to,
  };
}

export function queryOf(address: MovementsAddress): MovementsQuery {
  return {
    limit: 50,
    ...(address.product && { product_id: address.product }),
    ...(address.place && { location_id: address.place }),
    ...(address.kind && { kind: address.kind }),
    ...(address.person && { actor_id: address.person }),
    ...(address.document && { document_id: address.document }),
    ...(address.from && { from: address.from }),
    ...(address.to && { to: address.to }),
  };
}

export const filterCount = (address: MovementsAddress): number =>
  Object.values(address).filter(Boolean).length;

/** What takes every filter away. */
export const CLEARED = {
  article: undefined,
  lieu: undefined,
  genre: undefined,
  par: undefined,
  bon: undefined,
  du: undefined,
  au: undefined,
} as const;
