/**
 * Follows `GET /events`: goes on where it was, and tries again ever more slowly while that fails. It ends
 * only when it is told to.
 */
import { readEvents } from '@/api/events';
import { asProblem } from '@/api/problem';
import type { ShopEvent } from './feed';

/** What came at once. Who was not at `from` has missed something. */
export interface Batch {
  from: string | undefined;
  /** The position behind these events; undefined where it is lost. */
  to: string | undefined;
  events: readonly ShopEvent[];
}

/** Up to where the events are known, and when something came last. */
export interface Place {
  id: string | undefined;
  at: number;
}

export interface Following {
  place: Place;
  /** Takes what came; the caller keeps its place. */
  onBatch: (batch: Batch) => void;
  signal: AbortSignal;
}

const PATH = '/api/v1/events';
/** The server sends something every 15 s: a line that is quiet for longer is dead. */
const SILENCE_MS = 45_000;
/** After a longer absence everything is read again, which is less than all that happened meanwhile. */
const LONGEST_GAP_MS = 10 * 60_000;
/** A stream that lived this long was a good one: the next failure is a first one. */
const STEADY_MS = 30_000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

export async function follow({ place, onBatch, signal }: Following): Promise<void> {
  let { id } = place;
  let at = place.at;
  let failures = 0;
  const take = (to: string | undefined, events: readonly ShopEvent[]) => {
    onBatch({ from: id, to, events });
    id = to;
    at = Date.now();
  };
  const forget = () => {
    take(undefined, [{ event: 'reset', reason: 'too_old' }]);
  };
  while (!signal.aborted) {
    if (id !== undefined && Date.now() - at > LONGEST_GAP_MS) forget();
    const began = Date.now();
    let retryAfter: number | undefined;
    try {
      const onPiece = (lastId: string | undefined, events: readonly ShopEvent[]) => {
        take(lastId ?? id, events);
      };
      await readOnce(id, onPiece, signal);
    } catch (failure) {
      if (signal.aborted) return;
      const problem = asProblem(failure);
      retryAfter = problem.retryAfter;
      // The id is of another history: the shop was restored from a backup.
      if (problem.status === 400 && id !== undefined) forget();
    }
    failures = Date.now() - began > STEADY_MS ? 1 : failures + 1;
    await pause(pauseAfter(failures, retryAfter, Math.random()), signal);
  }
}

/** How long to wait before the next try: never the same for all clients of a server that comes back. */
export function pauseAfter(
  failures: number,
  retryAfter: number | undefined,
  random: number,
): number {
  const most = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
  return (retryAfter ?? 0) * 1000 + most * (0.5 + random / 2);
}

/** Reads one stream to its end. Events of one piece are taken together, with the position behind them. */
async function readOnce(
  id: string | undefined,
  onPiece: (lastId: string | undefined, events: readonly ShopEvent[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const silence = new AbortController();
  let watchdog: ReturnType<typeof setTimeout> | undefined;
  const alive = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => {
      silence.abort();
    }, SILENCE_MS);
  };
  alive();
  let events: ShopEvent[] = [];
  try {
    await readEvents(PATH, {
      onEvent: ({ data }) => {
        const event = parsed(data);
        if (event) events.push(event);
      },
      onPiece: (lastId) => {
        alive();
        const taken = events;
        events = [];
        onPiece(lastId, taken);
      },
      signal: AbortSignal.any([signal, silence.signal]),
      lastId: id,
    });
  } finally {
    clearTimeout(watchdog);
  }
}

function parsed(data: string): ShopEvent | undefined {
  try {
    return JSON.parse(data) as ShopEvent;
  } catch {
    return undefined;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((go) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      go();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
