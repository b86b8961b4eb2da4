import { useEffect } from 'react';
import { useLocation } from 'wouter';
import { useMay } from '@/auth/useSession';
import { railOf } from '../routes';
import { openPalette, openSheet } from './layers';

const GO_MS = 1500;

/** True where keys are text: a field, a list, something editable. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** Ctrl+K, `?`, and G followed by the letter of a page; not while somebody types. */
export function useShortcuts(): void {
  const [, go] = useLocation();
  const may = useMay();
  useEffect(() => {
    let armed = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      const key = event.key.toLowerCase();
      if ((event.ctrlKey || event.metaKey) && key === 'k') {
        event.preventDefault();
        openPalette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (event.key === '?') {
        openSheet();
        return;
      }
      if (Date.now() - armed < GO_MS) {
        armed = 0;
        const route = railOf(may).find(({ letter }) => letter === key);
        if (route) {
          event.preventDefault();
          go(route.path);
        }
        return;
      }
      if (key === 'g') armed = Date.now();
    };
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener('keydown', onKey);
    };
  }, [go, may]);
}
