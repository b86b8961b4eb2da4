/** What a count reads and sends. */

import { queryOptions } from '@tanstack/react-query';
import { allPages, api, ok } from '@/api/client';
import { documentsOf, type Count, type CountDocument, type Expected } from './count';

const MOST_PAGES = 20;

/** Every product with what the book has of it at one place; read again as goods are sold. */
export const expectedQuery = (locationId: string) =>
  queryOptions({
    queryKey: ['inventory', 'expected', locationId],
    queryFn: async ({ signal }): Promise<Expected[]> => {
      const page = (cursor: string | undefined) => ({ limit: 200, ...(cursor && { cursor }) });
      const [products, levels] = await Promise.all([
        allPages((cursor) =>
          ok(api.GET('/api/v1/products', { params: { query: page(cursor) }, signal })),
        ),
        allPages((cursor) =>
          ok(
            api.GET('/api/v1/inventory', {
              params: { query: { ...page(cursor), location_id: locationId } },
              signal,
            }),
          ),
        ),
      ]);
      const there = new Map(levels.map((level) => [level.product_id, level.on_hand]));
      return products.map((product) => ({
        id: product.id,
        name: product.name,
        unit: product.unit,
        onHand: there.get(product.id) ?? 0,
        priceMinor: product.price_minor,
        categoryId: product.category_id,
        codes: [product.sku, ...product.barcodes],
      }));
    },
    enabled: locationId !== '',
    refetchInterval: 60_000,
    staleTime: 20_000,
  });

/** Codes of goods are the same with and without zeros in front, and in any case. */
export function codeKey(code: string): string {
  const plain = code.trim().toLowerCase();
  return /^\d{8,14}$/.test(plain) ? plain.replace(/^0+/, '') : plain;
}

export function byCode(
  products: readonly Expected[],
  ways: readonly string[],
): Expected | undefined {
  for (const way of ways) {
    const key = codeKey(way);
    const found = products.find((product) => product.codes.some((code) => codeKey(code) === key));
    if (found) return found;
  }
  return undefined;
}

/** What moved at a place since a moment. */
async function movedSince(locationId: string, since: number): Promise<ReadonlySet<string>> {
  const moved = new Set<string>();
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const query = { location_id: locationId, limit: 200, ...(cursor && { cursor }) };
    const answer = await ok(api.GET('/api/v1/inventory/movements', { params: { query } }));
    for (const movement of answer.items) {
      if (Date.parse(movement.recorded_at) < since) return moved;
      moved.add(movement.product_id);
    }
    if (!answer.next_cursor) break;
    cursor = answer.next_cursor;
  }
  return moved;
}

async function post(count: Count, document: CountDocument): Promise<void> {
  const key = `count-${count.id}-${document.countedAt}-${document.lines[0]?.id ?? ''}`;
  await ok(
    api.POST('/api/v1/inventory/counts', {
      params: { header: { 'Idempotency-Key': key.slice(0, 128) } },
      body: {
        counted_at: new Date(document.countedAt).toISOString(),
        location_id: count.locationId,
        lines: document.lines.map(({ id, milli }) => ({ product_id: id, counted: milli / 1000 })),
      },
    }),
  );
}

/** Books a count. `onPosted` hears of each document, so that what is booked is not counted again. */
export async function postCount(
  count: Count,
  onPosted: (ids: ReadonlySet<string>) => void,
): Promise<void> {
  const moved = await movedSince(count.locationId, count.startedAt);
  for (const document of documentsOf(count, moved)) {
    await post(count, document);
    onPosted(new Set(document.lines.map(({ id }) => id)));
  }
}
