import { useEffect, useRef } from 'react';
import { ScannerDecoder } from './scanner';

/** Sets the value of a field as typing would, so that React hears of it. */
function setValue(field: HTMLInputElement | HTMLTextAreaElement, value: string): void {
  const prototype = field instanceof HTMLInputElement ? HTMLInputElement : HTMLTextAreaElement;
  Object.getOwnPropertyDescriptor(prototype.prototype, 'value')?.set?.call(field, value);
  field.dispatchEvent(new Event('input', { bubbles: true }));
}

const fieldOf = (target: EventTarget | null) =>
  target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement ? target : undefined;

/**
 * Reads scans wherever the focus is, dialogs included: it sees keys before anybody else. The first key
 * of a scan has gone through before it is known as one, so the field that it fell into is put back.
 */
export function useScanner(onScan: (ways: string[]) => void): void {
  const handler = useRef(onScan);
  useEffect(() => {
    handler.current = onScan;
  });
  useEffect(() => {
    const decoder = new ScannerDecoder();
    let before: { field: HTMLInputElement | HTMLTextAreaElement; value: string } | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;

    // Keys that were held back and are no code: first to whoever listens, then into the field.
    const giveBack = (text: string) => {
      for (const key of text) {
        const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
        const taken = !(document.activeElement ?? document.body).dispatchEvent(event);
        const field = fieldOf(document.activeElement);
        if (taken || !field) continue;
        const at = field.selectionStart ?? field.value.length;
        const end = field.selectionEnd ?? at;
        setValue(field, field.value.slice(0, at) + key + field.value.slice(end));
      }
    };

    const onKeyDown = (event: KeyboardEvent) => {
      if (!event.isTrusted || event.isComposing) return;
      const decision = decoder.feed({
        code: event.code,
        key: event.key,
        time: event.timeStamp,
        shift: event.shiftKey,
        modified: event.ctrlKey || event.altKey || event.metaKey,
      });
      if (decision.replay) giveBack(decision.replay);
      if (!decision.swallow) {
        // A burst may begin here: what the field holds before this key.
        const field = fieldOf(event.target);
        before = field && { field, value: field.value };
      } else {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
      clearTimeout(timer);
      if (decision.scan) {
        if (before) setValue(before.field, before.value);
        before = undefined;
        handler.current(decision.scan);
        return;
      }
      if (decoder.isHolding) {
        timer = setTimeout(() => {
          const held = decoder.rest(Infinity);
          if (held) giveBack(held);
        }, 120);
      }
    };
    addEventListener('keydown', onKeyDown, { capture: true });
    return () => {
      clearTimeout(timer);
      removeEventListener('keydown', onKeyDown, { capture: true });
    };
  }, []);
}
