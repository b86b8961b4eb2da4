import { useSyncExternalStore } from 'react';
import { outboxCounts, subscribeOutbox, type OutboxCounts } from './state';

/** What waits in the outbox of this till. */
export function useOutboxCounts(): OutboxCounts {
  return useSyncExternalStore(subscribeOutbox, outboxCounts);
}
