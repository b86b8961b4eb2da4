/** What the forecasts ask for: the list, what was sold before, and how earlier ones turned out. */

import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, ok, type Schemas } from '@/api/client';
import { addDays, shopDay } from '@/format/dates';

export type Level = Schemas['ForecastLevel'];
export type Item = Schemas['ForecastItem'];

export const LEVELS = ['product', 'category', 'shop'] as const satisfies Level[];
export const HORIZONS = [7, 28, 90] as const;

/** Products as totals; categories and the shop day by day and in money too. */
export const listQuery = (level: Level, horizon: number) =>
  infiniteQueryOptions({
    queryKey: ['forecasts', 'list', level, horizon],
    queryFn: ({ signal, pageParam }) =>
      ok(
        api.GET('/api/v1/analytics/forecasts', {
          params: {
            query: {
              level,
              horizon,
              by_day: level !== 'product',
              limit: 50,
              ...(pageParam && { cursor: pageParam }),
            },
          },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page: Schemas['ForecastList']) => page.next_cursor ?? undefined,
  });

export const productQuery = (id: string, horizon: number) =>
  queryOptions({
    queryKey: ['forecasts', 'product', id, horizon],
    queryFn: ({ signal }) =>
      ok(
        api.GET('/api/v1/analytics/forecasts/{id}', {
          params: { path: { id }, query: { horizon } },
          signal,
        }),
      ),
  });

/** How earlier forecasts of the whole shop turned out. */
export const accuracyQuery = queryOptions({
  queryKey: ['forecasts', 'accuracy'],
  queryFn: ({ signal }) =>
    ok(api.GET('/api/v1/analytics/accuracy', { params: { query: { limit: 1 } }, signal })),
});

/** As far back as ahead, four weeks at least and at most eight. */
export const pastDays = (horizon: number): number => Math.min(56, Math.max(28, horizon));

/** The days before today of what is forecast. */
export const soldQuery = (of: { product_id?: string; category_id?: string }, horizon: number) => {
  const today = shopDay();
  const period = { from: addDays(today, -pastDays(horizon)), to: addDays(today, -1) };
  return queryOptions({
    queryKey: ['forecasts', 'sold', of, period],
    queryFn: ({ signal }) =>
      ok(
        api.GET('/api/v1/analytics/timeseries', {
          params: { query: { ...period, ...of } },
          signal,
        }),
      ),
    staleTime: 5 * 60_000,
  });
};
