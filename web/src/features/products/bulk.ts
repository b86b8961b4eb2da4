/** A change of several products: what it makes of each, and how it went. Pure but for `applyAll`. */

import { asProblem, problemSentence } from '@/api/problem';
import { movedPrice } from './margin';
import type { Product, ProductChange } from './queries';

export type Bulk =
  | { kind: 'price'; percent: number; stepMinor: number }
  | { kind: 'category'; categoryId: string | null }
  | { kind: 'level'; level: number };

/** What becomes of one product; undefined where it is so already. */
export function changeOf(product: Product, bulk: Bulk): ProductChange | undefined {
  switch (bulk.kind) {
    case 'price': {
      const price_minor = movedPrice(product.price_minor, bulk.percent, bulk.stepMinor);
      return price_minor === product.price_minor ? undefined : { price_minor };
    }
    case 'category':
      return product.category_id === bulk.categoryId ? undefined : { category_id: bulk.categoryId };
    case 'level':
      return product.reorder_level === bulk.level ? undefined : { reorder_level: bulk.level };
  }
}

export interface Failure {
  product: Product;
  why: string;
}

/** One after the other: what the server refuses is kept with its reason, and the others go on. */
export async function applyAll(
  products: readonly Product[],
  bulk: Bulk,
  send: (product: Product, change: ProductChange) => Promise<Product>,
  onProgress: (done: number) => void,
): Promise<{ changed: Product[]; failures: Failure[] }> {
  const changed: Product[] = [];
  const failures: Failure[] = [];
  for (const [index, product] of products.entries()) {
    const change = changeOf(product, bulk);
    if (change) {
      try {
        changed.push(await send(product, change));
      } catch (error) {
        failures.push({ product, why: problemSentence(asProblem(error)) });
      }
    }
    onProgress(index + 1);
  }
  return { changed, failures };
}
