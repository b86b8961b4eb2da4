/** The list of products as its address says it: view, search, filters, order. Pure. */

import type { paths } from '@/api/schema';

export type ProductsQuery = NonNullable<paths['/api/v1/products']['get']['parameters']['query']>;
export type ProductSort = NonNullable<ProductsQuery['sort']>;

export const VIEWS = ['', 'bas', 'archives'] as const;
export type View = (typeof VIEWS)[number];

const SORTS = new Set<string>([
  'name',
  '-name',
  'sku',
  '-sku',
  'price_minor',
  '-price_minor',
  'created_at',
  '-created_at',
] satisfies ProductSort[]);

export interface ProductsAddress {
  view: View;
  q: string;
  category: string;
  sort: ProductSort;
}

/** Reads an address; what it cannot mean is as if it were not there. */
export function readAddress(get: (name: string) => string): ProductsAddress {
  const view = get('vue');
  const sort = get('tri');
  return {
    view: VIEWS.find((known) => known === view) ?? '',
    q: get('q'),
    category: get('categorie'),
    sort: SORTS.has(sort) ? (sort as ProductSort) : 'name',
  };
}

export function queryOf(address: ProductsAddress): ProductsQuery {
  return {
    limit: 50,
    sort: address.sort,
    archived: address.view === 'archives',
    ...(address.view === 'bas' && { low_stock: true }),
    ...(address.q && { q: address.q }),
    ...(address.category && { category_id: address.category }),
  };
}

/** True where something hides rows: the way back is to clear it. */
export const isFiltered = (address: ProductsAddress): boolean =>
  address.q !== '' || address.category !== '';
