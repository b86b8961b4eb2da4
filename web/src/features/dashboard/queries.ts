/**
 * What the dashboard asks for: one answer brings the whole screen. Today stands beside it, since it is not
 * over and so in no period; the days of a period of more than six weeks are asked for by themselves.
 */

import { queryOptions } from '@tanstack/react-query';
import { api, ok } from '@/api/client';
import type { Period } from '@/ui/figures';
import type { CompareWith } from './periods';

const AGAIN_MS = 5000;

export const dashboardQuery = ({ from, to }: Period) =>
  queryOptions({
    queryKey: ['dashboard', 'screen', from, to],
    queryFn: ({ signal }) =>
      ok(api.GET('/api/v1/dashboard', { params: { query: { from, to } }, signal })),
    // Findings are searched behind the screen: it comes without them, and is asked for again.
    refetchInterval: ({ state }) => (state.data?.findings === null ? AGAIN_MS : false),
  });

export const todayQuery = (today: string) =>
  queryOptions({
    queryKey: ['dashboard', 'today', today],
    queryFn: ({ signal }) =>
      ok(
        api.GET('/api/v1/analytics/summary', {
          params: { query: { from: today, to: today } },
          signal,
        }),
      ),
  });

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

/** The figures of another period to compare with than the one that comes with the screen. */
export const compareQuery = ({ from, to }: Period, compare: CompareWith) =>
  queryOptions({
    queryKey: ['dashboard', 'compare', from, to, compare],
    queryFn: ({ signal }) =>
      ok(
        api.GET('/api/v1/analytics/summary', {
          params: { query: { from, to, compare } },
          signal,
        }),
      ),
  });
