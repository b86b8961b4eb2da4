import { useEffect, useSyncExternalStore } from 'react';
import { outboxCounts, subscribeOutbox } from '@/outbox/state';
import { subscribeEntries } from '@/outbox/outbox';
import { subscribeNews } from '@/live/feed';
import { paced } from '@/live/paced';
import { keepSending } from './sender';
import {
  failTill,
  refreshDone,
  refreshShelves,
  refreshShop,
  startTill,
  subscribeTill,
  tillState,
  type TillState,
} from './store';

const SYNC_MS = 5 * 60_000;
/** What other tills have sold shows on the tiles at most this often. */
const SHELVES_MS = 15_000;

export function useTill(): TillState {
  return useSyncExternalStore(subscribeTill, tillState);
}

/** Opens the till, keeps it fresh and keeps sending, for as long as its page is shown. */
export function useTillRunning(): void {
  useEffect(() => {
    const stop = keepSending();
    startTill().then(refreshShop, failTill);
    const fresh = () => {
      if (document.visibilityState === 'visible') void refreshShop();
    };
    const timer = setInterval(fresh, SYNC_MS);
    addEventListener('online', fresh);
    let waiting = outboxCounts().waiting;
    const onCounts = subscribeOutbox(() => {
      const now = outboxCounts().waiting;
      if (now === 0 && waiting > 0) void refreshShelves();
      waiting = now;
    });
    const onEntries = subscribeEntries(() => void refreshDone());
    const shelves = paced(refreshShelves, SHELVES_MS);
    const onNews = subscribeNews((news) => {
      const hasMoved = news === 'lost' || news.some(({ event }) => event === 'stock');
      if (hasMoved && document.visibilityState === 'visible') shelves.ask();
    });
    return () => {
      onNews();
      shelves.stop();
      stop();
      clearInterval(timer);
      removeEventListener('online', fresh);
      onCounts();
      onEntries();
    };
  }, []);
}
