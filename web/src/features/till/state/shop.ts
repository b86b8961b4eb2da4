/** What the till knows of the shop: read from its own database first, then from the server. */

import { allPages, api, ok, type Schemas } from '@/api/client';
import { entries } from '@/outbox/outbox';
import { readThing, tillDb, writeThing } from '@/outbox/database';
import { rememberShop, type ShopSettings } from '@/shop/remembered';
import { setTimeZone } from '@/format/dates';
import { keepTogether } from '@/format/names';
import type { Currency } from '@/money/currencies';
import type { ExchangeRate } from '@/money/rates';
import type { Drawer } from '@/money/settle';
import {
  EMPTY_CATALOGUE,
  makeCatalogue,
  type Catalogue,
  type Category,
  type TillProduct,
} from '../core/catalogue';

export interface Wallet {
  id: string;
  name: string;
  method: Schemas['AccountMethod'];
}

interface Facts {
  settings: ShopSettings;
  rates: { currency: Currency; rate: ExchangeRate }[];
  wallets: Wallet[];
  categories: Category[];
  /** Ids of what sells most, the best first. */
  favourites: string[];
  favouritesAt: number;
  syncedAt: number;
}

export interface TillShop extends Facts {
  catalogue: Catalogue;
  drawer: Drawer;
  /** The currency beside the base in which this shop takes and gives cash. */
  foreign: Currency | undefined;
}

const FACTS = 'shop';
const DAY_MS = 86_400_000;
/** A changed price is marked for about as long as a session of the till lasts. */
const MARKED_MS = 20 * 3_600_000;

type StoredProduct = TillProduct & { priceChangedAt?: number };

function assemble(facts: Facts, products: readonly TillProduct[]): TillShop {
  setTimeZone(facts.settings.time_zone);
  const rates = Object.fromEntries(facts.rates.map(({ currency, rate }) => [currency, rate]));
  return {
    ...facts,
    catalogue: makeCatalogue(products, facts.categories),
    drawer: {
      base: facts.settings.currency,
      stepMinor: facts.settings.cash_step_minor,
      rates,
    },
    foreign: facts.rates[0]?.currency,
  };
}

/** The shop as this till last knew it; undefined on a machine that has never seen it. */
export async function readShop(): Promise<TillShop | undefined> {
  const facts = await readThing<Facts>(FACTS);
  if (!facts) return undefined;
  const products = (await (await tillDb()).getAll('products')) as unknown as StoredProduct[];
  return assemble(facts, await withoutQueued(products));
}

/** Stock as the shelf has it: what was sold here and is not sent yet is gone already. */
async function withoutQueued(products: readonly TillProduct[]): Promise<TillProduct[]> {
  const sold = new Map<string, number>();
  for (const entry of await entries()) {
    if (entry.state !== 'queued' && entry.state !== 'sending') continue;
    for (const line of entry.request.lines) {
      sold.set(line.product_id, (sold.get(line.product_id) ?? 0) + line.quantity);
    }
  }
  return products.map((product) => {
    const gone = sold.get(product.id);
    if (!gone) return product;
    return { ...product, onHand: Math.round((product.onHand - gone) * 1000) / 1000 };
  });
}

const query = (cursor: string | undefined) => ({
  params: { query: { limit: 200, ...(cursor ? { cursor } : {}) } },
});

/** Reads everything that the till needs from the server, and keeps it. */
export async function syncShop(): Promise<TillShop> {
  const before = await readThing<Facts>(FACTS);
  const [settings, ratePage, accounts, categories, products] = await Promise.all([
    ok(api.GET('/api/v1/settings')),
    ok(api.GET('/api/v1/rates', { params: { query: { limit: 50 } } })),
    allPages((cursor) => ok(api.GET('/api/v1/payment-accounts', query(cursor)))),
    allPages((cursor) => ok(api.GET('/api/v1/categories', query(cursor)))),
    allPages((cursor) => ok(api.GET('/api/v1/products', query(cursor)))),
  ]);
  rememberShop(settings);
  const isStale = !before || Date.now() - before.favouritesAt > DAY_MS;
  const facts: Facts = {
    settings,
    rates: currentRates(ratePage.items),
    wallets: accounts
      .filter((account) => !account.archived)
      .map(({ id, name, method }) => ({ id, name, method })),
    categories: categories.map(({ id, parent_id, name }) => ({
      id,
      name,
      parentId: parent_id ?? undefined,
    })),
    favourites: isStale ? await bestSold().catch(() => []) : before.favourites,
    favouritesAt: isStale ? Date.now() : before.favouritesAt,
    syncedAt: Date.now(),
  };
  const kept = await keepProducts(products);
  await writeThing(FACTS, facts);
  return assemble(facts, await withoutQueued(kept));
}

function currentRates(all: readonly Schemas['Rate'][]): Facts['rates'] {
  const found = new Map<Currency, ExchangeRate>();
  for (const rate of all) {
    const holds = !rate.withdrawn_at && Date.parse(rate.valid_from) <= Date.now();
    if (holds && !found.has(rate.currency)) {
      found.set(rate.currency, { micros: rate.rate_micros, side: rate.rate_side });
    }
  }
  return [...found].map(([currency, rate]) => ({ currency, rate }));
}

/** What was sold most in the newest sales that one may see: the API keeps no favourites. */
async function bestSold(): Promise<string[]> {
  const page = await ok(api.GET('/api/v1/sales', { params: { query: { limit: 100 } } }));
  const times = new Map<string, number>();
  for (const sale of page.items) {
    for (const line of sale.lines)
      times.set(line.product_id, (times.get(line.product_id) ?? 0) + 1);
  }
  return [...times].sort((a, b) => b[1] - a[1]).map(([id]) => id);
}

async function keepProducts(all: readonly Schemas['Product'][]): Promise<TillProduct[]> {
  const db = await tillDb();
  const tx = db.transaction('products', 'readwrite');
  const old = new Map(
    ((await tx.store.getAll()) as unknown as StoredProduct[]).map((product) => [
      product.id,
      product,
    ]),
  );
  const now = Date.now();
  const next = all.map((product) => stored(product, old.get(product.id), now));
  await tx.store.clear();
  for (const product of next) void tx.store.put({ ...product });
  await tx.done;
  return next;
}

function stored(
  product: Schemas['Product'],
  before: StoredProduct | undefined,
  now: number,
): StoredProduct {
  const changed = before && before.priceMinor !== product.price_minor;
  const stillMarked = before?.priceChangedAt && now - before.priceChangedAt < MARKED_MS;
  const mark = changed
    ? { priceBeforeMinor: before.priceMinor, priceChangedAt: now }
    : stillMarked && before.priceBeforeMinor !== undefined && before.priceChangedAt
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
    onHand: product.on_hand,
    reorderLevel: product.reorder_level,
    archived: product.archived,
    ...mark,
  };
}

/** The same shop with a sale off its shelves, until the next answer of the server. */
export function afterSale(
  shop: TillShop,
  lines: readonly { productId: string; quantity: number }[],
): TillShop {
  const sold = new Map<string, number>();
  for (const line of lines)
    sold.set(line.productId, (sold.get(line.productId) ?? 0) + line.quantity);
  const products = shop.catalogue.products.map((product) => {
    const gone = sold.get(product.id);
    if (!gone) return product;
    return { ...product, onHand: Math.round((product.onHand - gone) * 1000) / 1000 };
  });
  return { ...shop, catalogue: makeCatalogue(products, shop.catalogue.categories) };
}

export { EMPTY_CATALOGUE };
