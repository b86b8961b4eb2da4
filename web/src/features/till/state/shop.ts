/** What the till knows of the shop: read from its own database first, then from the server. */

import { allPages, api, ok, unlessSame, type Schemas } from '@/api/client';
import { readThing, writeThing } from '@/outbox/database';
import { rememberShop, type ShopSettings } from '@/shop/remembered';
import { setTimeZone } from '@/format/dates';
import type { Currency } from '@/money/currencies';
import type { ExchangeRate } from '@/money/rates';
import type { Drawer } from '@/money/settle';
import { makeCatalogue, type Catalogue, type Category, type TillProduct } from '../core/catalogue';
import { readGoods, syncGoods } from './goods';

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
  /** The place from which the till sells; absent in what an older version has kept. */
  location?: string;
  /** What the shop has chosen to show first, in its order. */
  chosen?: string[];
  chosenTag?: string | undefined;
  /** Ids of what sells most, the best first: for a shop that has chosen nothing. */
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
  return facts && assemble(facts, await readGoods());
}

const query = (cursor: string | undefined) => ({
  params: { query: { limit: 200, ...(cursor ? { cursor } : {}) } },
});

/** Reads what the till needs from the server, of the goods only what has changed, and keeps it. */
export async function syncShop(): Promise<TillShop> {
  const before = await readThing<Facts>(FACTS);
  const [settings, ratePage, accounts, categories, locations, chosen] = await Promise.all([
    ok(api.GET('/api/v1/settings')),
    ok(api.GET('/api/v1/rates', { params: { query: { limit: 50 } } })),
    allPages((cursor) => ok(api.GET('/api/v1/payment-accounts', query(cursor)))),
    allPages((cursor) => ok(api.GET('/api/v1/categories', query(cursor)))),
    allPages((cursor) => ok(api.GET('/api/v1/locations', query(cursor)))),
    readChosen(before),
    // Most of the time the place is the one that is known: then nothing waits for it.
    before?.location && syncGoods(before.location),
  ]);
  rememberShop(settings);
  const location = locations.find(({ is_default }) => is_default)?.id ?? '';
  if (location !== before?.location) await syncGoods(location);
  const isStale =
    chosen.chosen.length === 0 && (!before || Date.now() - before.favouritesAt > DAY_MS);
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
    location,
    ...chosen,
    favourites: isStale ? await bestSold().catch(() => []) : (before?.favourites ?? []),
    favouritesAt: isStale ? Date.now() : (before?.favouritesAt ?? 0),
    syncedAt: Date.now(),
  };
  await writeThing(FACTS, facts);
  return assemble(facts, await readGoods());
}

async function readChosen(
  before: Facts | undefined,
): Promise<Required<Pick<Facts, 'chosen'>> & Pick<Facts, 'chosenTag'>> {
  const tag = before?.chosen && before.chosenTag;
  const answer = await unlessSame(
    api.GET('/api/v1/favourites', tag ? { headers: { 'If-None-Match': tag } } : {}),
  );
  if (!answer) return { chosen: before?.chosen ?? [], chosenTag: tag };
  return { chosen: answer.data.product_ids, chosenTag: answer.tag };
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

/** What was sold most in the newest sales that one may see. */
async function bestSold(): Promise<string[]> {
  const page = await ok(api.GET('/api/v1/sales', { params: { query: { limit: 100 } } }));
  const times = new Map<string, number>();
  for (const sale of page.items) {
    for (const line of sale.lines)
      times.set(line.product_id, (times.get(line.product_id) ?? 0) + 1);
  }
  return [...times].sort((a, b) => b[1] - a[1]).map(([id]) => id);
}
