/**
 * One stream for all tabs of a browser: the tab that holds the lock reads, and tells the others. Whatever
 * becomes of it, the lock goes to the next, which goes on from where it has heard.
 */
import { follow, type Batch, type Place } from './follow';
import type { News } from './feed';

const NAME = 'salesflow.live';

interface Told extends Batch {
  user: string;
}

export interface Share {
  /** Whether this tab may read: shown, with a network. */
  setActive: (active: boolean) => void;
  stop: () => void;
}

/** What happens in the shop as one user may see it, until it is stopped. */
export function share(user: string, onNews: (news: News) => void): Share {
  const channel = new BroadcastChannel(NAME);
  const place: Place = { id: undefined, at: Date.now() };
  let turn: AbortController | undefined;

  const take = ({ from, to, events }: Batch) => {
    const isNew = place.id === undefined;
    // A tab that has just been opened reads everything behind the position that it gets.
    const missed = !isNew && place.id !== from;
    place.id = to;
    place.at = Date.now();
    // Where one only goes on, nothing begins.
    const news = isNew ? events : events.filter(({ event }) => event !== 'ready');
    if (missed || news.some(({ event }) => event === 'reset')) onNews('lost');
    else if (news.length > 0) onNews(news);
  };
  channel.onmessage = ({ data }: MessageEvent<Told>) => {
    if (data.user === user) take(data);
  };
  const lead = (signal: AbortSignal) =>
    navigator.locks.request(NAME, { signal }, () =>
      follow({
        place,
        onBatch: (batch) => {
          channel.postMessage({ ...batch, user } satisfies Told);
          take(batch);
        },
        signal,
      }),
    );
  const rest = () => {
    turn?.abort();
    turn = undefined;
  };
  return {
    setActive: (active) => {
      if (!active) rest();
      else if (!turn) {
        turn = new AbortController();
        // It ends with the signal, whether it reads or still waits for its turn.
        lead(turn.signal).catch(() => undefined);
      }
    },
    stop: () => {
      rest();
      channel.close();
    },
  };
}
