/** The inbox of findings: its queries, and what a verdict changes in what is already shown. */

import {
  infiniteQueryOptions,
  useMutation,
  useQueryClient,
  type InfiniteData,
} from '@tanstack/react-query';
import { api, ok, type Schemas } from '@/api/client';
import { byGravity, type Finding } from '@/findings/words';
import { addDays } from '@/format/dates';

export type State = Schemas['AnomalyState'];
export type Verdict = Schemas['Verdict'];
type Page = Schemas['AnomaliesPage'];

export const STATES: readonly State[] = ['open', 'to_follow', 'normal', 'problem'];
export const LOOK_BACK = [30, 90, 365] as const;

export interface Wanted {
  state: State;
  days: number;
  kind: Schemas['AnomalyKind'] | undefined;
  today: string;
}

export const findingsQuery = ({ state, days, kind, today }: Wanted) =>
  infiniteQueryOptions({
    queryKey: ['findings', state, days, kind ?? '', today],
    queryFn: ({ signal, pageParam }) =>
      ok(
        api.GET('/api/v1/analytics/anomalies', {
          params: {
            query: {
              from: addDays(today, -days),
              to: today,
              state,
              limit: 200,
              ...(kind && { kind }),
              ...(pageParam && { cursor: pageParam }),
            },
          },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page: Page) => page.next_cursor ?? undefined,
  });

export function allOf(data: InfiniteData<Page> | undefined): Finding[] {
  return (data?.pages.flatMap((page) => page.items) ?? []).sort(byGravity);
}

/** How many of the period are in each state: of the newest answer, as its verdicts changed it. */
export const countsOf = (data: InfiniteData<Page> | undefined): Page['counts'] | undefined =>
  data?.pages[0]?.counts;

/** Takes a finding out of a list that it no longer belongs to, and counts it where it is now. Pure. */
export function without<Param>(
  data: InfiniteData<Page, Param> | undefined,
  id: string,
  to: State,
): InfiniteData<Page, Param> | undefined {
  const from = data?.pages.flatMap((page) => page.items).find((one) => one.id === id)?.state;
  return (
    data && {
      ...data,
      pages: data.pages.map((page) => ({
        ...page,
        counts: from
          ? { ...page.counts, [from]: page.counts[from] - 1, [to]: page.counts[to] + 1 }
          : page.counts,
        items: page.items.filter((finding) => finding.id !== id),
      })),
    }
  );
}

/** The finding after one, or before it; at an end one stays. */
export function neighbour(
  findings: readonly Finding[],
  id: string | undefined,
  by: 1 | -1,
): string | undefined {
  const at = findings.findIndex((finding) => finding.id === id);
  const next = at < 0 ? 0 : Math.min(findings.length - 1, Math.max(0, at + by));
  return findings[next]?.id;
}

/** A verdict: the finding leaves the list at once, and comes back when the server refuses. */
export function useJudge(wanted: Wanted) {
  const client = useQueryClient();
  const { queryKey } = findingsQuery(wanted);
  return useMutation({
    mutationFn: ({ id, verdict, note }: { id: string; verdict: Verdict; note: string }) =>
      ok(
        api.POST('/api/v1/analytics/anomalies/{id}/feedback', {
          params: { path: { id } },
          body: { verdict, ...(note.trim() && { note: note.trim() }) },
        }),
      ),
    onMutate: async ({ id, verdict }) => {
      await client.cancelQueries({ queryKey });
      const before = client.getQueryData(queryKey);
      if (verdict !== wanted.state) client.setQueryData(queryKey, without(before, id, verdict));
      return { before };
    },
    onError: (_failure, _deed, context) => {
      client.setQueryData(queryKey, context?.before);
    },
    onSuccess: (_finding, { verdict }) => {
      for (const state of STATES) {
        if (state === wanted.state && verdict !== wanted.state) continue;
        void client.invalidateQueries({ queryKey: ['findings', state] });
      }
      void client.invalidateQueries({ queryKey: ['findings', 'one'] });
      void client.invalidateQueries({ queryKey: ['dashboard'] });
    },
  });
}
