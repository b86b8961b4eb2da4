/** What happens in the shop, for every part of this tab that wants to know. Where nothing tells it, nothing comes. */

import type { components } from '@/api/schema';

export type ShopEvent = components['schemas']['ShopEvent'];

/**
 * Events in their order. `ready` is among them where the stream begins: what was read before may lack
 * something. `lost` when some were missed: whatever is shown may be old.
 */
export type News = readonly ShopEvent[] | 'lost';

const listeners = new Set<(news: News) => void>();

export function tellNews(news: News): void {
  listeners.forEach((listener) => {
    listener(news);
  });
}

export function subscribeNews(listener: (news: News) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
