/** How the places of the stock are changed. */

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, ok, type Schemas } from '@/api/client';
import { asProblem, problemSentence } from '@/api/problem';
import { locationsQuery } from '@/api/queries';
import { toast } from '@/ui/toasts';

export type Place = Schemas['Location'];

export const changePlace = (id: string, body: Schemas['UpdateLocation']) =>
  ok(api.PATCH('/api/v1/locations/{id}', { params: { path: { id } }, body }));

/** Archives a place, or takes it back; the words of it take it back. Goods that lie there refuse it. */
export function useArchivePlace(words: (place: Place) => string) {
  const client = useQueryClient();
  const settle = () => client.invalidateQueries({ queryKey: locationsQuery.queryKey });
  const refuse = (failure: unknown) => {
    toast(problemSentence(asProblem(failure)), { bad: true });
  };
  return useMutation({
    mutationFn: (place: Place) => changePlace(place.id, { archived: !place.archived }),
    onSuccess: (changed) => {
      toast(words(changed), {
        undo: () => {
          changePlace(changed.id, { archived: !changed.archived }).catch(refuse).finally(settle);
        },
      });
    },
    onError: refuse,
    onSettled: settle,
  });
}
