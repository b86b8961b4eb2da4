/** Short words at the foot of the page; those of archive and delete can be undone for six seconds. */

export interface Toast {
  id: number;
  words: string;
  bad: boolean;
  undo: (() => void) | undefined;
}

const LASTS_MS = 6000;

let toasts: readonly Toast[] = [];
let next = 1;
const listeners = new Set<() => void>();

function set(all: readonly Toast[]): void {
  toasts = all;
  listeners.forEach((listener) => {
    listener();
  });
}

export function dismissToast(id: number): void {
  set(toasts.filter((toast) => toast.id !== id));
}

/** Shows words for six seconds; `undo` puts a button beside them. */
export function toast(words: string, options: { undo?: () => void; bad?: boolean } = {}): void {
  const id = next++;
  set([...toasts.slice(-2), { id, words, bad: options.bad ?? false, undo: options.undo }]);
  setTimeout(() => {
    dismissToast(id);
  }, LASTS_MS);
}

export const currentToasts = (): readonly Toast[] => toasts;

export function subscribeToasts(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
