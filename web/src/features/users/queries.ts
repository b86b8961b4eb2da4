/** What the pages of users read, and how they change it. */

import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';
import { allPages, api, ok, type Schemas } from '@/api/client';
import { asProblem, problemSentence } from '@/api/problem';
import { toast } from '@/ui/toasts';
import type { Entry } from './deeds';

export type User = Schemas['User'];
/** In the list: with the time when the account was last used. */
export type ListedUser = Schemas['ListedUser'];
type UserPatch = Schemas['UserPatch'];

export const usersQuery = queryOptions({
  queryKey: ['users'],
  queryFn: ({ signal }) =>
    allPages((cursor) =>
      ok(
        api.GET('/api/v1/users', {
          params: { query: { limit: 200, ...(cursor ? { cursor } : {}) } },
          signal,
        }),
      ),
    ),
});

export interface AuditFilter {
  actor?: string;
  entity?: string;
  from?: string;
  to?: string;
}

const queryOf = ({ actor, entity, from, to }: AuditFilter) => ({
  ...(actor && { actor_id: actor }),
  ...(entity && { entity }),
  ...(from && { from }),
  ...(to && { to }),
});

export const auditQuery = (filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: ['audit', queryOf(filter)],
    queryFn: ({ pageParam, signal }): Promise<{ items: Entry[]; next_cursor: string | null }> =>
      ok(
        api.GET('/api/v1/audit', {
          params: {
            query: { limit: 50, ...queryOf(filter), ...(pageParam && { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page: { items: Entry[]; next_cursor: string | null }) =>
      page.next_cursor ?? undefined,
  });

/** The newest deeds of somebody, or of all. */
export const newestDeedsQuery = (actor: string | undefined) =>
  queryOptions({
    queryKey: ['audit', 'newest', actor],
    queryFn: async ({ signal }): Promise<Entry[]> => {
      const query = { limit: 5, ...(actor && { actor_id: actor }) };
      const page = await ok(api.GET('/api/v1/audit', { params: { query }, signal }));
      return page.items;
    },
  });

const patchUser = ({ id, version }: User, body: UserPatch) =>
  ok(
    api.PATCH('/api/v1/users/{id}', {
      params: { path: { id }, header: { 'If-Match': `"${version}"` } },
      body,
    }),
  );

/**
 * A change of a user: shown at once, taken back where the server refuses it. `undo` is the change that
 * takes it back, offered beside its words.
 */
export function useChangeUser() {
  const client = useQueryClient();
  const show = (next: User) => {
    client.setQueryData(usersQuery.queryKey, (users) =>
      users?.map((user) => (user.id === next.id ? { ...user, ...next } : user)),
    );
  };
  const settle = () => {
    void client.invalidateQueries({ queryKey: ['users'] });
    void client.invalidateQueries({ queryKey: ['staff'] });
    void client.invalidateQueries({ queryKey: ['audit'] });
  };
  const refuse = (failure: unknown) => {
    toast(problemSentence(asProblem(failure)), { bad: true });
  };
  return useMutation({
    mutationFn: ({
      user,
      change,
    }: {
      user: User;
      change: UserPatch;
      words: string;
      undo?: UserPatch;
    }) => patchUser(user, change),
    onMutate: ({ user, change }) => {
      show({ ...user, ...change } as User);
    },
    onSuccess: (changed, { words, undo }) => {
      show(changed);
      toast(words, {
        ...(undo && {
          undo: () => {
            patchUser(changed, undo).then(show, refuse).finally(settle);
          },
        }),
      });
    },
    onError: (failure, { user }) => {
      show(user);
      refuse(failure);
    },
    onSettled: settle,
  });
}
