/**
 * New versions of the app. One that was loaded waits until somebody takes it, and is offered only
 * while nothing is under way: no open ticket, nothing unsent, no half-filled form.
 */
import { useSyncExternalStore } from 'react';
import { outboxCounts, subscribeOutbox } from '@/outbox/state';

let waiting: ServiceWorker | undefined;
const busy = new Set<string>();
const listeners = new Set<() => void>();

function tell(): void {
  listeners.forEach((listener) => {
    listener();
  });
}

/** A page says that it must not be reloaded now, under a name of its own. */
export function setBusy(name: string, is: boolean): void {
  if (is) busy.add(name);
  else busy.delete(name);
  tell();
}

/** Registers the worker; beside the dev server there is none. */
export function startWorker(): void {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return;
  const hadOne = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (hadOne) location.reload();
  });
  void navigator.serviceWorker.register('/sw.js').then((registration) => {
    const look = () => {
      waiting = registration.waiting ?? undefined;
      tell();
    };
    look();
    registration.addEventListener('updatefound', () => {
      registration.installing?.addEventListener('statechange', look);
    });
    // A till stays open for days: it looks once an hour.
    setInterval(() => void registration.update().catch(() => undefined), 3_600_000);
  });
}

export function takeNewVersion(): void {
  waiting?.postMessage('take over');
}

const isOffered = () =>
  waiting !== undefined &&
  navigator.serviceWorker.controller !== null &&
  busy.size === 0 &&
  outboxCounts().waiting + outboxCounts().refused === 0;

export function useNewVersion(): boolean {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    const stop = subscribeOutbox(listener);
    return () => {
      listeners.delete(listener);
      stop();
    };
  }, isOffered);
}
