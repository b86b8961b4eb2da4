/** Long work: watched by events while they come, asked for every few seconds while they do not. */

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api, ok, type Schemas } from './client';
import { readEvents } from './events';

export type Job = Schemas['Job'];

const ENDED = new Set<Job['state']>(['done', 'failed', 'cancelled']);

export const hasEnded = (job: Job): boolean => ENDED.has(job.state);

/** A job, as it goes on. Undefined until the first answer. */
export function useJob(id: string | undefined): Job | undefined {
  const client = useQueryClient();
  const key = ['jobs', id];
  const { data } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) =>
      ok(api.GET('/api/v1/jobs/{id}', { params: { path: { id: id ?? '' } }, signal })),
    enabled: id !== undefined,
    refetchInterval: ({ state }) => (state.data && hasEnded(state.data) ? false : 5000),
  });
  const isOver = data !== undefined && hasEnded(data);
  useEffect(() => {
    if (id === undefined || isOver) return;
    const stop = new AbortController();
    readEvents(`/api/v1/jobs/${id}/events`, {
      onEvent: (event) => {
        try {
          client.setQueryData(['jobs', id], JSON.parse(event.data) as Job);
        } catch {
          // A beat, or words of a newer server: the next question brings the truth.
        }
      },
      signal: stop.signal,
    }).catch(() => undefined);
    return () => {
      stop.abort();
    };
  }, [client, id, isOver]);
  return data;
}

export function useCancelJob() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      ok(api.POST('/api/v1/jobs/{id}/cancel', { params: { path: { id } } })),
    onSuccess: (job) => client.setQueryData(['jobs', job.id], job),
  });
}
