/** What happens marks what is shown as old; what is on the screen is read again, at a bounded rate. */

import type { Query, QueryClient, QueryKey } from '@tanstack/react-query';
import type { News, ShopEvent } from './feed';
import { paced, type Paced } from './paced';

interface Family {
  keys: readonly QueryKey[];
  /** At most so often while things happen. Absent for what is only marked: read again by and by. */
  everyMs?: number;
}

const FAMILIES = {
  tickets: { keys: [['sales', 'list']], everyMs: 2000 },
  sales: { keys: [['sales']], everyMs: 2000 },
  refunds: { keys: [['refunds']], everyMs: 2000 },
  figures: { keys: [['dashboard'], ['analytics', 'summary']], everyMs: 10_000 },
  stock: {
    keys: [
      ['inventory', 'levels'],
      ['inventory', 'movements'],
      ['inventory', 'documents'],
      ['products', 'list'],
      ['products', 'figures'],
    ],
    everyMs: 10_000,
  },
  // Somebody works in an order or a count: it does not change under their hands.
  advice: {
    keys: [
      ['analytics', 'low-stock'],
      ['analytics', 'order'],
      ['analytics', 'order-risk'],
      ['analytics', 'stock'],
      ['inventory', 'expected'],
    ],
  },
  jobs: { keys: [['jobs']], everyMs: 1000 },
  reports: { keys: [['reports'], ['schedules']], everyMs: 2000 },
  books: { keys: [['books']], everyMs: 2000 },
  forecasts: { keys: [['forecasts']], everyMs: 10_000 },
  findings: { keys: [['findings']], everyMs: 5000 },
} as const satisfies Record<string, Family>;

type FamilyName = keyof typeof FAMILIES;

const ALL_KEYS = Object.values<Family>(FAMILIES).flatMap(({ keys }) => keys);
const EVERYTHING_MS = 15_000;
/** Who has gone further down a list than this reads what is old: it does not move under the eyes. */
const MOST_PAGES = 3;

/** What an event makes old. */
export function touched(event: ShopEvent): readonly FamilyName[] {
  switch (event.event) {
    case 'sale':
      return ['tickets', 'figures'];
    case 'void':
      return ['sales', 'figures'];
    case 'refund':
      return ['sales', 'refunds', 'figures'];
    case 'stock':
      return ['stock', 'figures', 'advice'];
    case 'job':
      return ['jobs', ...ofJob(event.job.kind)];
    case 'finding':
      return ['findings', 'figures'];
    default:
      // Of the stream itself, or of a newer server.
      return [];
  }
}

function ofJob(kind: string): readonly FamilyName[] {
  if (kind.startsWith('reports.')) return ['reports'];
  if (kind.startsWith('books.')) return ['books'];
  if (kind.startsWith('forecasts.')) return ['forecasts', 'figures', 'advice'];
  if (kind.startsWith('findings.')) return ['findings', 'figures'];
  return [];
}

export interface Marker {
  take: (news: News) => void;
  stop: () => void;
}

export function markStale(client: QueryClient): Marker {
  const markers = new Map<FamilyName, Paced>();
  const markerOf = (name: FamilyName) => {
    const { keys, everyMs }: Family = FAMILIES[name];
    const run = () => mark(client, isUnder(keys), everyMs !== undefined);
    const made = paced(run, everyMs ?? 0);
    markers.set(name, made);
    return made;
  };
  const everything = paced(() => mark(client, () => true, true), EVERYTHING_MS);
  return {
    take: (news) => {
      if (news === 'lost') everything.ask();
      else {
        if (news.some(({ event }) => event === 'ready')) void mark(client, isReadBefore, true);
        const names = new Set(news.flatMap(touched));
        names.forEach((name) => {
          (markers.get(name) ?? markerOf(name)).ask();
        });
      }
    },
    stop: () => {
      everything.stop();
      markers.forEach(({ stop }) => {
        stop();
      });
    },
  };
}

const isUnder = (keys: readonly QueryKey[]) => (query: Query) =>
  keys.some((key) => key.every((part, at) => query.queryKey[at] === part));

const isLive = isUnder(ALL_KEYS);

/** What is still on its way when the stream begins is as new as the stream. */
const isReadBefore = (query: Query) => query.state.data !== undefined && isLive(query);

/** Marks what fits, and reads again what of it is on the screen. Ends when that has been read. */
async function mark(
  client: QueryClient,
  fits: (query: Query) => boolean,
  reads: boolean,
): Promise<void> {
  // Nobody looks: it is read when somebody does.
  const isShown = document.visibilityState === 'visible';
  const found = client.getQueryCache().findAll({ predicate: fits });
  const first = found.filter(
    ({ state }) => state.data === undefined && state.fetchStatus === 'fetching',
  );
  await client.invalidateQueries({ predicate: fits, refetchType: 'none' });
  if (!reads || !isShown) return;
  await client.refetchQueries({
    predicate: (query) => query.isActive() && fits(query) && pagesOf(query) <= MOST_PAGES,
  });
  // What was read for the first time meanwhile may have been asked for before it happened.
  const late = first.filter((query) => query.isActive());
  await Promise.all(
    late.map((query) => client.refetchQueries({ queryKey: query.queryKey, exact: true })),
  );
}

function pagesOf({ state }: Query): number {
  const pages = (state.data as { pages?: unknown } | undefined)?.pages;
  return Array.isArray(pages) ? pages.length : 1;
}
