/** One change of several products: tried first, then done with the versions that the trial showed. */

import { api, ok, type Schemas } from '@/api/client';

export type Bulk =
  | { kind: 'price'; percent: number; stepMinor: number }
  | { kind: 'category'; categoryId: string | null }
  | { kind: 'level'; level: number }
  | { kind: 'archive'; archived: boolean };

export type BulkOutcome = Schemas['BulkOutcome'];
export type BulkItem = BulkOutcome['items'][number];

/** As many products as one change takes. */
export const MOST_PRODUCTS = 1000;

export function fieldsOf(bulk: Bulk): Schemas['BulkFieldsBody'] {
  switch (bulk.kind) {
    case 'price':
      // Percent have at most two decimals: whole basis points.
      return { price: { by_bp: Math.round(bulk.percent * 100), step_minor: bulk.stepMinor } };
    case 'category':
      return { category_id: bulk.categoryId };
    case 'level':
      return { reorder_level: bulk.level };
    case 'archive':
      return { archived: bulk.archived };
  }
}

/** What the change would do to each: nothing is written. */
export const preview = (ids: readonly string[], bulk: Bulk, signal?: AbortSignal) =>
  ok(
    api.POST('/api/v1/products/changes', {
      body: {
        products: ids.map((id) => ({ id })),
        change: fieldsOf(bulk),
        // What passes below cost is shown, and only done where somebody says so.
        allow_below_cost: true,
        dry_run: true,
      },
      ...(signal && { signal }),
    }),
  );

/** Does what was shown: all of it or nothing, and nothing where a product has changed since. */
export const apply = (
  shown: Pick<BulkOutcome, 'items'>,
  bulk: Bulk,
  { belowCost }: { belowCost: boolean },
) =>
  ok(
    api.POST('/api/v1/products/changes', {
      body: {
        products: changing(shown.items).map(({ product_id, version }) => ({
          id: product_id,
          version,
        })),
        change: fieldsOf(bulk),
        allow_below_cost: belowCost,
      },
    }),
  );

export const changing = (items: readonly BulkItem[]): BulkItem[] =>
  items.filter((item) => item.changes);
