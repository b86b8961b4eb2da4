import { queryOptions } from '@tanstack/react-query';
import { allPages, api, ok, type Schemas } from '@/api/client';

/** What to order today, all of it: sums need every line. The watched products come with the first page. */
export const adviceQuery = queryOptions({
  queryKey: ['analytics', 'low-stock'],
  queryFn: async ({ signal }) => {
    let first: Schemas['LowStockList'] | undefined;
    const items = await allPages(async (cursor) => {
      const page = await ok(
        api.GET('/api/v1/analytics/low-stock', {
          params: { query: { limit: 200, ...(cursor && { cursor }) } },
          signal,
        }),
      );
      first ??= page;
      return page;
    });
    return {
      items,
      watch: first?.watch ?? [],
      computedAt: first?.computed_at ?? '',
    };
  },
  staleTime: 5 * 60_000,
});

const MOST_PAGES = 10;

/** What products cost last. The advice does not carry it: it is read from the catalogue. */
export const costsQuery = queryOptions({
  queryKey: ['products', 'costs'],
  queryFn: async ({ signal }) => {
    const costs = new Map<string, number | undefined>();
    let cursor: string | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const query = { limit: 200, archived: false, ...(cursor && { cursor }) };
      const answer = await ok(api.GET('/api/v1/products', { params: { query }, signal }));
      for (const product of answer.items) costs.set(product.id, product.cost_minor);
      if (!answer.next_cursor) break;
      cursor = answer.next_cursor;
    }
    return costs;
  },
  staleTime: 60_000,
});
