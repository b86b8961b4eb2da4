/** TanStack Query: one client, and the answers that every page needs. */

import { QueryClient, queryOptions } from '@tanstack/react-query';
import { setTimeZone } from '@/format/dates';
import { rememberShop } from '@/shop/remembered';
import { allPages, api, ok } from './client';
import { Problem, setProblemCurrency } from './problem';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: 'offlineFirst',
      staleTime: 30_000,
      gcTime: 30 * 60_000,
      // A refusal stays one; what is only late or gone for a moment is worth two more tries.
      retry: (count, error) => count < 2 && error instanceof Problem && error.status >= 500,
      refetchOnWindowFocus: true,
    },
    mutations: { networkMode: 'always', retry: false },
  },
});

/** The shop's settings; dates and refusals learn its zone and currency from here. */
export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: async ({ signal }) => {
    const settings = await ok(api.GET('/api/v1/settings', { signal }));
    setTimeZone(settings.time_zone);
    setProblemCurrency(settings.currency);
    rememberShop(settings);
    return settings;
  },
  staleTime: 5 * 60_000,
});

/** The rate of each currency that applies now. */
export const ratesQuery = queryOptions({
  queryKey: ['rates', 'current'],
  queryFn: async ({ signal }) => {
    const query = { in_force: true, limit: 200 };
    return (await ok(api.GET('/api/v1/rates', { params: { query }, signal }))).items;
  },
  staleTime: 5 * 60_000,
});

export const accountsQuery = queryOptions({
  queryKey: ['payment-accounts'],
  queryFn: ({ signal }) =>
    allPages((cursor) =>
      ok(
        api.GET('/api/v1/payment-accounts', {
          params: { query: { limit: 200, ...(cursor ? { cursor } : {}) } },
          signal,
        }),
      ),
    ),
  staleTime: 5 * 60_000,
});

export const categoriesQuery = queryOptions({
  queryKey: ['categories'],
  queryFn: ({ signal }) =>
    allPages((cursor) =>
      ok(
        api.GET('/api/v1/categories', {
          params: { query: { limit: 200, ...(cursor ? { cursor } : {}) } },
          signal,
        }),
      ),
    ),
  staleTime: 5 * 60_000,
});

/** Where stock is kept, the default place first. */
export const locationsQuery = queryOptions({
  queryKey: ['locations'],
  queryFn: ({ signal }) =>
    allPages((cursor) =>
      ok(
        api.GET('/api/v1/locations', {
          params: { query: { limit: 200, ...(cursor ? { cursor } : {}) } },
          signal,
        }),
      ),
    ),
  staleTime: 5 * 60_000,
});

/** When the books were last proved, and up to which movement. */
export const proofQuery = queryOptions({
  queryKey: ['books', 'proof'],
  queryFn: ({ signal }) => ok(api.GET('/api/v1/inventory/proof', { signal })),
  staleTime: 5 * 60_000,
});
