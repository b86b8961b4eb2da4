/**
 * The app learns of what happens in the shop while somebody is signed in, looks at it and has a network.
 * Nothing waits for it: without it, pages are as old as their last reading.
 */
import type { QueryClient } from '@tanstack/react-query';
import { api, ok } from '@/api/client';
import { roleMay } from '@/auth/roles';
import { currentSession, subscribeSession } from '@/auth/session';
import { connection, subscribeConnection } from '@/connection/connection';
import { addDays, shopDay } from '@/format/dates';
import { subscribeNews, tellNews } from '@/live/feed';
import { paced } from '@/live/paced';
import { share, type Share } from '@/live/share';
import { markStale } from '@/live/stale';
import { setBadge } from './badges';

/** As far as the inbox looks back where nobody has said otherwise. */
const INBOX_DAYS = 90;
const COUNT_EVERY_MS = 10_000;

/** Begins once; returns what ends it. */
export function startLive(client: QueryClient): () => void {
  let stream: Share | undefined;
  let user: string | undefined;

  const look = () => {
    const session = currentSession();
    const now = session.state === 'in' ? session.user?.id : undefined;
    if (now !== user) {
      stream?.stop();
      user = now;
      stream = now === undefined ? undefined : share(now, tellNews);
    }
    stream?.setActive(document.visibilityState === 'visible' && connection().online);
  };
  const marker = markStale(client);
  const counter = paced(countFindings, COUNT_EVERY_MS);
  const ends = [
    subscribeNews(marker.take),
    subscribeNews((news) => {
      if (news !== 'lost' && news.some(({ event }) => event === 'finding')) counter.ask();
    }),
    subscribeSession(look),
    subscribeConnection(look),
  ];
  document.addEventListener('visibilitychange', look);
  look();
  return () => {
    document.removeEventListener('visibilitychange', look);
    ends.forEach((end) => {
      end();
    });
    marker.stop();
    counter.stop();
    stream?.stop();
  };
}

/** How many findings wait, for the rail. */
async function countFindings(): Promise<void> {
  const { user } = currentSession();
  if (!user || !roleMay(user.role, 'readAnalytics')) return;
  const to = shopDay();
  const query = { from: addDays(to, -INBOX_DAYS), to, state: 'open', limit: 1 } as const;
  const { counts } = await ok(api.GET('/api/v1/analytics/anomalies', { params: { query } }));
  setBadge('anomalies', counts.open, true);
}
