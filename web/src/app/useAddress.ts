import { useCallback } from 'react';
import { useSearchParams } from 'wouter';

/**
 * The state of a view in its address: filters, order, view. What is empty leaves the address, and a
 * change replaces it, so that "back" leaves the page and not the last letter typed.
 */
export function useAddress(): {
  get: (name: string) => string;
  set: (changes: Record<string, string | undefined>) => void;
} {
  const [search, setSearch] = useSearchParams();
  const set = useCallback(
    (changes: Record<string, string | undefined>) => {
      setSearch(
        (before) => {
          const next = new URLSearchParams(before);
          for (const [name, value] of Object.entries(changes)) {
            if (value) next.set(name, value);
            else next.delete(name);
          }
          return next;
        },
        { replace: true },
      );
    },
    [setSearch],
  );
  return { get: (name) => search.get(name) ?? '', set };
}
