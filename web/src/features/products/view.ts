/** The list of products as its address says it: view, search, filters, order. Pure. */

import type { paths } from '@/api/schema';

type Query<P extends keyof paths> = paths[P] extends { get: { parameters: { query?: infer Q } } }
  ? NonNullable<Q>
  : never;

/** The catalogue as everybody may read it. */
export type PlainQuery = Query<'/api/v1/products'>;
/** The catalogue with margin, days left and what was sold, for who may know what goods cost. */
export type FiguresQuery = Query<'/api/v1/analytics/product-list'>;

export const VIEWS = ['', 'bas', 'sous-cout', 'dormants', 'archives'] as const;
export type View = (typeof VIEWS)[number];

/** What the plain catalogue can tell apart. */
const PLAIN_VIEWS: readonly View[] = ['', 'bas', 'archives'];

export const viewsOf = (withFigures: boolean): readonly View[] =>
  withFigures ? VIEWS : PLAIN_VIEWS;

export const PLAIN_SORTS = [
  'name',
  '-name',
  'sku',
  '-sku',
  'price_minor',
  '-price_minor',
  'created_at',
  '-created_at',
] as const satisfies readonly NonNullable<PlainQuery['sort']>[];

export const FIGURE_SORTS = [
  'name',
  'margin',
  '-margin',
  'on_hand',
  '-on_hand',
  'days_left',
  '-days_left',
  'sold',
  '-sold',
] as const satisfies readonly NonNullable<FiguresQuery['sort']>[];

export interface ProductsAddress {
  view: View;
  q: string;
  category: string;
  sort: string;
}

/** Reads an address; what it cannot mean is as if it were not there. */
export function readAddress(get: (name: string) => string): ProductsAddress {
  const view = get('vue');
  return {
    view: VIEWS.find((known) => known === view) ?? '',
    q: get('q'),
    category: get('categorie'),
    sort: get('tri'),
  };
}

/** A barcode: the figures are found by words only, a code by the catalogue. */
export const isCode = (q: string): boolean => /^\d{6,14}$/.test(q.trim());

const FIGURE_VIEWS = {
  '': 'all',
  bas: 'low',
  'sous-cout': 'below_cost',
  dormants: 'dormant',
  archives: 'archived',
} as const satisfies Record<View, NonNullable<FiguresQuery['view']>>;

export function plainQueryOf(address: ProductsAddress): PlainQuery {
  return {
    limit: 50,
    sort: PLAIN_SORTS.find((known) => known === address.sort) ?? 'name',
    archived: address.view === 'archives',
    ...(address.view === 'bas' && { low_stock: true }),
    ...(address.q && { q: address.q }),
    ...(address.category && { category_id: address.category }),
  };
}

export function figuresQueryOf(address: ProductsAddress): FiguresQuery {
  return {
    limit: 50,
    sort: FIGURE_SORTS.find((known) => known === address.sort) ?? 'name',
    view: FIGURE_VIEWS[address.view],
    ...(address.q && { q: address.q }),
    ...(address.category && { category_id: address.category }),
  };
}

/** True where something hides rows: the way back is to clear it. */
export const isFiltered = (address: ProductsAddress): boolean =>
  address.q !== '' || address.category !== '';
