/**
 * The goods of the till, kept by differences: products with their prices, and what lies in the place
 * from which the till sells. Each list has a position; the server sends what has changed since. What a
 * difference brings is written down together with its position, so that neither is there alone.
 */
import { api, ok, unlessSame, type Schemas } from '@/api/client';
import { asProblem } from '@/api/problem';
import { keepTogether } from '@/format/names';
import { waitingEntries } from '@/outbox/outbox';
import { readThing, tillDb } from '@/outbox/database';
import type { TillProduct } from '../core/catalogue';

const CATALOGUE = 'catalogue';
const STOCK = 'stock';
/** A changed price is marked for about as long as a session of the till lasts. */
const MARKED_MS = 20 * 3_600_000;
const PAGE = 1000;

/** Stock lies beside the products; what an older version of the till has kept has it within. */
type StoredProduct = Omit<TillProduct, 'onHand' | 'reorderLevel'> &
  Partial<Pick<TillProduct, 'onHand' | 'reorderLevel'>> & { priceChangedAt?: number };

/** Up to where the catalogue is known. */
interface CatalogueMark {
  position: string;
  tag: string | undefined;
}

/** What lies in one place, by product: how much, and at how much one orders. */
interface KeptStock {
  location: string;
  position: string;
  levels: Record<string, readonly [onHand: number, reorderLevel: number]>;
}

interface CatalogueChanges extends CatalogueMark {
  isWhole: boolean;
  items: Schemas['TillProduct'][];
  archived: string[];
}

interface StockChanges {
  isWhole: boolean;
  location: string;
  position: string;
  items: Schemas['StockLevel'][];
}

/** Reads what has changed, or everything, and keeps it. Nothing is kept of what does not arrive whole. */
export async function syncGoods(location: string): Promise<void> {
  const [catalogue, stock] = await Promise.all([fetchCatalogue(), fetchStock(location)]);
  if (catalogue) await keepCatalogue(catalogue);
  await keepStock(stock);
}

/** Reads only what has moved. */
export async function syncStock(location: string): Promise<void> {
  await keepStock(await fetchStock(location));
}

/** The goods as they are kept here. */
export async function readGoods(now: number = Date.now()): Promise<TillProduct[]> {
  const db = await tillDb();
  const products = (await db.getAll('products')) as unknown as StoredProduct[];
  return shelve(
    products.map(({ priceChangedAt, priceBeforeMinor, ...product }) => ({
      ...product,
      ...(priceBeforeMinor !== undefined &&
        priceChangedAt !== undefined &&
        now - priceChangedAt < MARKED_MS && { priceBeforeMinor }),
    })),
  );
}

/** The same products with what lies there now; those with nothing new stay the same objects. */
export async function shelve(
  products: readonly Omit<StoredProduct, 'priceChangedAt'>[],
): Promise<TillProduct[]> {
  const stock = await readThing<KeptStock>(STOCK);
  const sold = await queued();
  return products.map((product) => {
    const level = stock ? (stock.levels[product.id] ?? ([0, 0] as const)) : undefined;
    const reorderLevel = level?.[1] ?? product.reorderLevel ?? 0;
    const onHand = rounded((level?.[0] ?? product.onHand ?? 0) - (sold.get(product.id) ?? 0));
    return product.onHand === onHand && product.reorderLevel === reorderLevel
      ? (product as TillProduct)
      : { ...product, onHand, reorderLevel };
  });
}

const rounded = (quantity: number) => Math.round(quantity * 1000) / 1000;

/** What was sold here and is not sent yet: off the shelf already. */
async function queued(): Promise<Map<string, number>> {
  const sold = new Map<string, number>();
  for (const entry of await waitingEntries()) {
    for (const line of entry.request.lines) {
      sold.set(line.product_id, (sold.get(line.product_id) ?? 0) + line.quantity);
    }
  }
  return sold;
}

/** A position may be too old, or of a history that a restored backup does not have: begin anew. */
async function orWhole<M, T>(mark: M | undefined, walk: (mark?: M) => Promise<T>): Promise<T> {
  try {
    return await walk(mark);
  } catch (error) {
    const problem = asProblem(error);
    const isLost =
      problem.is('position.expired') ||
      problem.is('request.invalid_position') ||
      problem.is('request.invalid_cursor');
    if (mark === undefined || !isLost) throw problem;
    return walk();
  }
}

/** Undefined where nothing has changed. */
async function fetchCatalogue(): Promise<CatalogueChanges | undefined> {
  return orWhole(await readThing<CatalogueMark>(CATALOGUE), walkCatalogue);
}

async function walkCatalogue(mark?: CatalogueMark): Promise<CatalogueChanges | undefined> {
  const changes = { isWhole: !mark, items: [], archived: [] } as unknown as CatalogueChanges;
  let cursor: string | undefined;
  do {
    const page = await unlessSame(
      api.GET('/api/v1/products/till', {
        params: {
          query: {
            limit: PAGE,
            ...(mark && { since: mark.position }),
            ...(cursor && { cursor }),
          },
        },
        ...(mark?.tag && !cursor && { headers: { 'If-None-Match': mark.tag } }),
      }),
    );
    if (!page) return undefined;
    const { items, archived, position, next_cursor } = page.data;
    changes.items.push(...items);
    changes.archived.push(...archived);
    changes.position = position;
    // Only the first page has a tag; it says what the catalogue was when the walk began.
    if (!cursor) changes.tag = page.tag;
    cursor = next_cursor ?? undefined;
  } while (cursor);
  return changes;
}

async function fetchStock(location: string): Promise<StockChanges> {
  const kept = await readThing<KeptStock>(STOCK);
  const since = kept?.location === location ? kept.position : undefined;
  return orWhole(since, (position) => walkStock(location, position));
}

async function walkStock(location: string, since?: string): Promise<StockChanges> {
  const changes: StockChanges = { isWhole: !since, location, position: '', items: [] };
  let cursor: string | undefined;
  do {
    const page = await ok(
      api.GET('/api/v1/inventory', {
        params: {
          query: {
            location_id: location,
            limit: PAGE,
            ...(since && { since }),
            ...(cursor && { cursor }),
          },
        },
      }),
    );
    changes.items.push(...page.items);
    changes.position = page.position ?? '';
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  return changes;
}

async function keepCatalogue(changes: CatalogueChanges, now: number = Date.now()): Promise<void> {
  const db = await tillDb();
  const tx = db.transaction(['products', 'things'], 'readwrite');
  const products = tx.objectStore('products');
  const before = (await products.getAll()) as unknown as StoredProduct[];
  const known = new Map(before.map((product) => [product.id, product]));
  if (changes.isWhole) await products.clear();
  for (const id of changes.archived) void products.delete(id);
  for (const item of changes.items) {
    void products.put({ ...stored(item, known.get(item.id), now) });
  }
  const mark: CatalogueMark = { position: changes.position, tag: changes.tag };
  void tx.objectStore('things').put(mark, CATALOGUE);
  await tx.done;
}

async function keepStock(changes: StockChanges): Promise<void> {
  const db = await tillDb();
  const tx = db.transaction('things', 'readwrite');
  const before = (await tx.store.get(STOCK)) as KeptStock | undefined;
  const { location, position, isWhole } = changes;
  // Another tab may have turned to another place meanwhile: a difference is nothing without its start.
  if (isWhole || before?.location === location) {
    const levels: KeptStock['levels'] = isWhole ? {} : { ...before?.levels };
    for (const level of changes.items) {
      levels[level.product_id] = [level.on_hand, level.reorder_level];
    }
    const kept: KeptStock = { location, position, levels };
    void tx.store.put(kept, STOCK);
  }
  await tx.done;
}

function stored(
  product: Schemas['TillProduct'],
  before: StoredProduct | undefined,
  now: number,
): StoredProduct {
  const changed = before && before.priceMinor !== product.price_minor;
  const mark = changed
    ? { priceBeforeMinor: before.priceMinor, priceChangedAt: now }
    : before?.priceBeforeMinor !== undefined && before.priceChangedAt !== undefined
      ? { priceBeforeMinor: before.priceBeforeMinor, priceChangedAt: before.priceChangedAt }
      : {};
  return {
    id: product.id,
    sku: product.sku,
    name: keepTogether(product.name),
    barcodes: product.barcodes,
    categoryId: product.category_id ?? undefined,
    unit: product.unit,
    priceMinor: product.price_minor,
    taxRateBp: product.tax_rate_bp,
    ...mark,
  };
}
