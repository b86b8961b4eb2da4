/** The keys of the page that is shown, for the sheet. A page says them with `useSayKeys`. */

import { useEffect, useSyncExternalStore } from 'react';

export interface PageKeys {
  title: string;
  keys: { keys: string[]; does: string }[];
}

let current: PageKeys | undefined;
const listeners = new Set<() => void>();

function set(next: PageKeys | undefined): void {
  current = next;
  listeners.forEach((listener) => {
    listener();
  });
}

export function usePageKeys(): PageKeys | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}

/** Puts the keys of a page into the sheet for as long as it is shown. */
export function useSayKeys(keys: PageKeys): void {
  useEffect(() => {
    set(keys);
    return () => {
      set(undefined);
    };
  }, [keys]);
}
