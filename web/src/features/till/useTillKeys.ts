import { useEffect, useRef } from 'react';

export interface TillKeys {
  /** A dialog, the palette or the sheet is open: the till's keys rest. */
  rest: boolean;
  phase: 'sell' | 'pay' | 'done';
  onSearch: () => void;
  onMove: (by: 1 | -1) => void;
  onStep: (by: 1 | -1) => void;
  onDigit: (digit: string) => void;
  onRemove: () => void;
  onCancel: () => void;
  onDiscount: () => void;
  onHold: () => void;
  onPay: () => void;
  onEscape: () => void;
  onLetter: (letter: string) => boolean;
  onNextNote: () => void;
  onNext: () => void;
  onPrint: () => void;
  onNew: () => void;
}

const isField = (target: EventTarget | null) =>
  target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);

const isReference = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.hasAttribute('data-reference');

/** The keys of the till. Avoids F1, F3, F5 to F7, F10 to F12 and Alt with digits: they are taken. */
export function useTillKeys(keys: TillKeys): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const now = latest.current;
      if (now.rest || event.defaultPrevented || event.altKey || event.metaKey) return;
      const done = now.phase === 'pay' ? payKey(now, event) : sellKey(now, event);
      if (done) {
        event.preventDefault();
        event.stopPropagation();
      }
    };
    addEventListener('keydown', onKeyDown);
    return () => {
      removeEventListener('keydown', onKeyDown);
    };
  }, []);
}

function sellKey(now: TillKeys, event: KeyboardEvent): boolean {
  const field = isField(event.target);
  const search =
    field && event.target instanceof HTMLInputElement && event.target.type === 'search';
  const empty = search && (event.target as HTMLInputElement).value === '';
  const free = !field || empty;
  if (event.ctrlKey && event.key !== 'Enter') return false;
  switch (event.key) {
    case 'F2':
      return run(now.onSearch);
    case '/':
      return free && run(now.onSearch);
    case 'F4':
      return run(now.onDiscount);
    case 'F8':
      return run(now.onHold);
    case 'F9':
      return run(now.onPay);
    case 'Enter':
      if (event.ctrlKey) return run(now.onPay);
      // On a button it presses it; anywhere else after a sale it begins the next.
      return (
        now.phase === 'done' &&
        free &&
        !(event.target as HTMLElement).closest('button, a') &&
        run(now.onNew)
      );
    case 'ArrowUp':
    case 'ArrowDown':
      return (
        (!field || search) &&
        run(() => {
          now.onMove(event.key === 'ArrowUp' ? -1 : 1);
        })
      );
    case '+':
    case '-':
      return (
        free &&
        run(() => {
          now.onStep(event.key === '+' ? 1 : -1);
        })
      );
    case 'Delete':
      if (!free) return false;
      return run(event.shiftKey ? now.onCancel : now.onRemove);
    case 'Escape':
      return run(now.onEscape);
    case 'p':
    case 'P':
      return !field && now.phase === 'done' && run(now.onPrint);
    default:
      // Digits go where the focus is: after the arrows, to the line.
      return (
        !field &&
        /^[\d.,]$/.test(event.key) &&
        run(() => {
          now.onDigit(event.key);
        })
      );
  }
}

function payKey(now: TillKeys, event: KeyboardEvent): boolean {
  if (event.key === 'Escape') return run(now.onEscape);
  if (event.key === 'F9' || (event.key === 'Enter' && event.ctrlKey)) return run(now.onNext);
  if (event.ctrlKey) return false;
  const target = event.target as HTMLElement;
  // Enter on a button presses it; on the amount or the reference it goes on.
  if (event.key === 'Enter') {
    const button = target.closest('button');
    return button ? false : run(now.onNext);
  }
  if (isReference(event.target)) return false;
  if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
    return run(() => {
      now.onMove(event.key === 'ArrowUp' ? -1 : 1);
    });
  }
  if (event.key === '+') return run(now.onNextNote);
  return (
    event.key.length === 1 && /[a-z]/i.test(event.key) && now.onLetter(event.key.toUpperCase())
  );
}

function run(deed: () => void): true {
  deed();
  return true;
}
