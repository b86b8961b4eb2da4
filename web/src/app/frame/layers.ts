/** What lies over every page: the palette and the sheet of keys. One at a time. */

import { useSyncExternalStore } from 'react';

export type Layer = 'palette' | 'sheet' | undefined;

let open: Layer;
const listeners = new Set<() => void>();

function set(next: Layer): void {
  open = next;
  listeners.forEach((listener) => {
    listener();
  });
}

export const openPalette = (): void => {
  set('palette');
};
export const openSheet = (): void => {
  set('sheet');
};
export const closeLayer = (): void => {
  set(undefined);
};

export function useLayer(): Layer {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => open,
  );
}
