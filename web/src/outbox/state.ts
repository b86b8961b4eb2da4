/** How much waits to be sent, for every page to see: the outbox itself belongs to the till. */

export interface OutboxCounts {
  /** Sales that are on their way or wait for the network. */
  waiting: number;
  /** Sales that the server refused and somebody has to settle. */
  refused: number;
}

let counts: OutboxCounts = { waiting: 0, refused: 0 };
const listeners = new Set<() => void>();

export function setOutboxCounts(next: OutboxCounts): void {
  if (next.waiting === counts.waiting && next.refused === counts.refused) return;
  counts = next;
  listeners.forEach((listener) => {
    listener();
  });
}

export const outboxCounts = (): OutboxCounts => counts;

export function subscribeOutbox(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
