import { useSyncExternalStore } from 'react';

/** Whether a media query holds, again when it changes. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = matchMedia(query);
      media.addEventListener('change', listener);
      return () => {
        media.removeEventListener('change', listener);
      };
    },
    () => matchMedia(query).matches,
  );
}

/** One column: a phone. */
export const usePhone = (): boolean => useMedia('(max-width: 767px)');

/** Fingers, not a mouse: no keyboard opens by itself. */
export const useTouch = (): boolean => useMedia('(pointer: coarse)');
