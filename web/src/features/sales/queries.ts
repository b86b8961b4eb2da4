import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, ok, type Schemas } from '@/api/client';
import type { Period } from '@/ui/figures';
import type { SalesQuery } from './view';

/** A sale with the names of who sold it and where. */
export type Sale = Schemas['NamedSale'];
export type Refund = Schemas['Refund'];

export const salesQuery = (query: SalesQuery) =>
  infiniteQueryOptions({
    queryKey: ['sales', 'list', query],
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET('/api/v1/sales', {
          params: { query: { ...query, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page: Schemas['SalesPage']) => page.next_cursor ?? undefined,
  });

export const saleQuery = (id: string) =>
  queryOptions({
    queryKey: ['sales', 'one', id],
    queryFn: ({ signal }) =>
      ok(api.GET('/api/v1/sales/{id}', { params: { path: { id } }, signal })),
  });

export const summaryQuery = (period: Period) =>
  queryOptions({
    queryKey: ['analytics', 'summary', period],
    queryFn: ({ signal }) =>
      ok(api.GET('/api/v1/analytics/summary', { params: { query: { ...period } }, signal })),
    staleTime: 60_000,
  });
