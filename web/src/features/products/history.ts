/** The steps of a price out of the changes of price and cost. Pure. */

import type { Schemas } from '@/api/client';

export interface PriceStep {
  id: string;
  at: string;
  /** Undefined for the first price that is known. */
  beforeMinor: number | undefined;
  priceMinor: number;
  actorId: string | null | undefined;
}

/** Newest first, as the API lists them; entries that changed the cost alone are left out. */
export function priceChanges(entries: readonly Schemas['PriceChange'][]): PriceStep[] {
  const steps: PriceStep[] = [];
  entries.forEach((entry, index) => {
    const before = entries[index + 1];
    if (before?.price_minor === entry.price_minor) return;
    steps.push({
      id: entry.id,
      at: entry.changed_at,
      beforeMinor: before?.price_minor,
      priceMinor: entry.price_minor,
      actorId: entry.actor_id,
    });
  });
  return steps;
}
