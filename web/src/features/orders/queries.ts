import { queryOptions } from '@tanstack/react-query';
import { api, ok } from '@/api/client';
import type { Cover } from './order';

/** What to order today, all of it: sums need every line. */
export const orderQuery = queryOptions({
  queryKey: ['analytics', 'order'],
  queryFn: ({ signal }) => ok(api.GET('/api/v1/analytics/low-stock/order', { signal })),
  staleTime: 5 * 60_000,
});

/** How long the gravest of them last, and what can wait. */
export const coversQuery = queryOptions({
  queryKey: ['analytics', 'low-stock'],
  queryFn: async ({ signal }) => {
    const page = await ok(
      api.GET('/api/v1/analytics/low-stock', {
        params: { query: { limit: 200, sort: 'sales' } },
        signal,
      }),
    );
    const covers = new Map<string, Cover>();
    for (const { product_id, days_of_cover: days, why } of page.items) {
      if (days !== null) covers.set(product_id, { days, leadTimeDays: why.lead_time_days });
    }
    return { covers, watch: page.watch, watchTotal: page.watch_total };
  },
  staleTime: 5 * 60_000,
});

/** What another quantity than the proposed one risks. */
export const riskQuery = (id: string, quantity: number) =>
  queryOptions({
    queryKey: ['analytics', 'order-risk', id, quantity],
    queryFn: ({ signal }) =>
      ok(
        api.GET('/api/v1/analytics/low-stock/{id}', {
          params: { path: { id }, query: { quantity } },
          signal,
        }),
      ),
    staleTime: 5 * 60_000,
  });
