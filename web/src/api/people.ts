/** Names of the people of the shop by their ids: every role may read them. */

import { useQuery } from '@tanstack/react-query';
import { allPages, api, ok, type Schemas } from './client';

export type Person = Schemas['StaffMember'];

/** Who works in the shop, or did. `nameOf` is undefined for who is not known: no id is ever shown. */
export function usePeople(): {
  people: readonly Person[];
  nameOf: (id: string | null | undefined) => string | undefined;
} {
  const { data } = useQuery({
    queryKey: ['staff'],
    queryFn: ({ signal }) =>
      allPages((cursor) =>
        ok(
          api.GET('/api/v1/staff', {
            params: { query: { limit: 200, ...(cursor ? { cursor } : {}) } },
            signal,
          }),
        ),
      ),
    staleTime: 5 * 60_000,
  });
  const people: readonly Person[] = data ?? [];
  return {
    people,
    nameOf: (id) => people.find((person) => person.id === id)?.name,
  };
}
