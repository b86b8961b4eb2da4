/** Names of people by their ids, as far as one may know them. */

import { useQuery } from '@tanstack/react-query';
import { useMay, useSession } from '@/auth/useSession';
import { allPages, api, ok } from './client';

export interface Person {
  id: string;
  name: string;
}

/**
 * Who is who. The API lists people to the owner only; everybody else knows themselves. `nameOf` is
 * undefined for who is not known, so that no id is ever shown instead of a name.
 */
export function usePeople(): {
  people: readonly Person[];
  nameOf: (id: string | null | undefined) => string | undefined;
} {
  const may = useMay();
  const { user } = useSession();
  const { data } = useQuery({
    queryKey: ['users', 'names'],
    queryFn: ({ signal }) =>
      allPages((cursor) =>
        ok(
          api.GET('/api/v1/users', {
            params: { query: { limit: 200, ...(cursor ? { cursor } : {}) } },
            signal,
          }),
        ),
      ),
    enabled: may('manageUsers'),
    staleTime: 5 * 60_000,
  });
  const people: readonly Person[] = data ?? (user ? [user] : []);
  return {
    people,
    nameOf: (id) => people.find((person) => person.id === id)?.name,
  };
}
