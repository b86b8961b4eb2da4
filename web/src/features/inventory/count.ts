/** A count under way: what was counted against what the book expects. Pure. */

import { sum, extend, thousandths } from '@/money/exact';

export interface Expected {
  id: string;
  name: string;
  unit: string;
  /** What the book has at this place. */
  onHand: number;
  priceMinor: number;
  categoryId: string | null;
  codes: readonly string[];
}

/** A count as it is kept on this machine: a reload, or a day, loses nothing of it. */
export interface Count {
  /** Names its documents, so that one that is sent twice is booked once. */
  id: string;
  locationId: string;
  /** Empty: the whole place. */
  categoryId: string;
  startedAt: number;
  counted: readonly Entry[];
}

/** What was counted of one product, thousandths; the last one counted stands first. */
export interface Entry {
  id: string;
  milli: number;
  /** What the book had at that moment: goods that are sold afterwards are no difference. */
  expectedMilli: number;
  at: number;
}

export const newCount = (locationId: string, categoryId: string, now: number): Count => ({
  id: crypto.randomUUID(),
  locationId,
  categoryId,
  startedAt: now,
  counted: [],
});

export function countedMilli(count: Count, id: string): number | undefined {
  return count.counted.find((entry) => entry.id === id)?.milli;
}

/** Sets what was counted of a product, and puts it first. */
export function setCounted(
  count: Count,
  product: Pick<Expected, 'id' | 'onHand'>,
  milli: number,
  now: number,
): Count {
  const { id } = product;
  const entry: Entry = {
    id,
    milli: Math.max(0, milli),
    expectedMilli: thousandths(product.onHand),
    at: now,
  };
  return { ...count, counted: [entry, ...count.counted.filter((other) => other.id !== id)] };
}

/** One more of it: a scan. */
export function addCounted(
  count: Count,
  product: Pick<Expected, 'id' | 'onHand'>,
  milli: number,
  now: number,
): Count {
  return setCounted(count, product, (countedMilli(count, product.id) ?? 0) + milli, now);
}

/** It was not counted after all: its stock will not change. */
export function dropCounted(count: Count, id: string): Count {
  return { ...count, counted: count.counted.filter((entry) => entry.id !== id) };
}

export interface CountRow {
  product: Expected;
  countedMilli: number;
  expectedMilli: number;
  /** Counted less expected. */
  differenceMilli: number;
  /** The difference at the price of sale. */
  valueMinor: number;
}

export interface CountView {
  counted: CountRow[];
  differences: CountRow[];
  left: Expected[];
  /** All differences together, at the price of sale. */
  valueMinor: number;
}

/** `shelf` are the categories that are counted; undefined for the whole place. */
export function viewOf(
  count: Count,
  products: readonly Expected[],
  shelf?: ReadonlySet<string>,
): CountView {
  const byId = new Map(products.map((product) => [product.id, product]));
  const counted = count.counted.flatMap(({ id, milli, expectedMilli }) => {
    const product = byId.get(id);
    if (!product) return [];
    const differenceMilli = milli - expectedMilli;
    const valueMinor = extend(product.priceMinor, differenceMilli / 1000, 1);
    return [{ product, countedMilli: milli, expectedMilli, differenceMilli, valueMinor }];
  });
  const done = new Set(count.counted.map(({ id }) => id));
  return {
    counted,
    differences: counted.filter(({ differenceMilli }) => differenceMilli !== 0),
    left: products.filter(
      (product) =>
        !done.has(product.id) &&
        product.onHand !== 0 &&
        (shelf === undefined || shelf.has(product.categoryId ?? '')),
    ),
    valueMinor: sum(counted.map(({ valueMinor }) => valueMinor)),
  };
}

/** Documents as they are sent: lines, and the moment of which they are true. */
export interface CountDocument {
  countedAt: number;
  lines: { id: string; milli: number }[];
}

/**
 * What is sent of a count. The book is compared with the shelf at one moment: what has not moved since
 * the count began goes together; what was sold meanwhile goes alone, at the moment when it was counted.
 */
export function documentsOf(count: Count, moved: ReadonlySet<string>): CountDocument[] {
  const still = count.counted.filter(({ id }) => !moved.has(id));
  const together = still.length > 0 ? [{ at: Math.max(...still.map(({ at }) => at)), still }] : [];
  return [
    ...together.map(({ at, still: lines }) => ({
      countedAt: at,
      lines: lines.map(({ id, milli }) => ({ id, milli })),
    })),
    ...count.counted
      .filter(({ id }) => moved.has(id))
      .map(({ id, milli, at }) => ({ countedAt: at, lines: [{ id, milli }] })),
  ];
}

const KEY = 'salesflow.count';

export function keepCount(count: Count | undefined): void {
  if (count) localStorage.setItem(KEY, JSON.stringify(count));
  else localStorage.removeItem(KEY);
}

/** The count that was left here. */
export function keptCount(): Count | undefined {
  try {
    return (JSON.parse(localStorage.getItem(KEY) ?? 'null') as Count | null) ?? undefined;
  } catch {
    return undefined;
  }
}
