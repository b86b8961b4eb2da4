/** Figures beside the names of the rail: shown only where something waits. */

import { useSyncExternalStore } from 'react';
import type { Route } from './routes';

type Name = Route['name'];

let counts: Partial<Record<Name, { count: number; alert?: boolean }>> = {};
const listeners = new Set<() => void>();

/** A feature says what waits in it: `setBadge('anomalies', 12, true)`. */
export function setBadge(name: Name, count: number, alert = false): void {
  counts = { ...counts, [name]: { count, alert } };
  listeners.forEach((listener) => {
    listener();
  });
}

export function useBadges(): typeof counts {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => counts,
  );
}
