/**
 * What the dashboard asks for. Three requests bring what is seen first (days, shortages, findings);
 * the two tables below are asked for when they come into view. Parts take data, not queries: one
 * operation that brings all of it takes their place here.
 */

import { queryOptions } from '@tanstack/react-query';
import { api, ok } from '@/api/client';
import { addDays } from '@/format/dates';
import type { Period } from '@/ui/figures';

export const daysQuery = ({ from, to }: Period) =>
  queryOptions({
    queryKey: ['dashboard', 'days', from, to],
    queryFn: ({ signal }) =>
      ok(
        api.GET('/api/v1/analytics/timeseries', {
          params: { query: { from, to, interval: 'day' } },
          signal,
        }),
      ),
  });

export const shortagesQuery = queryOptions({
  queryKey: ['dashboard', 'shortages'],
  queryFn: ({ signal }) =>
    ok(api.GET('/api/v1/analytics/low-stock', { params: { query: { limit: 7 } }, signal })),
});

const LOOK_BACK_DAYS = 90;

export const openFindingsQuery = (today: string) =>
  queryOptions({
    queryKey: ['dashboard', 'findings', today],
    queryFn: ({ signal }) =>
      ok(
        api.GET('/api/v1/analytics/anomalies', {
          params: {
            query: { from: addDays(today, -LOOK_BACK_DAYS), to: today, state: 'open', limit: 200 },
          },
          signal,
        }),
      ),
  });

export const receivedQuery = ({ from, to }: Period) =>
  queryOptions({
    queryKey: ['dashboard', 'received', from, to],
    queryFn: ({ signal }) =>
      ok(
        api.GET('/api/v1/analytics/breakdown', {
          params: { query: { from, to, by: 'payment' } },
          signal,
        }),
      ),
  });

export const productsQuery = ({ from, to }: Period) =>
  queryOptions({
    queryKey: ['dashboard', 'products', from, to],
    queryFn: ({ signal }) =>
      ok(
        api.GET('/api/v1/analytics/products', {
          params: { query: { from, to, sort: 'margin', limit: 200 } },
          signal,
        }),
      ),
  });
