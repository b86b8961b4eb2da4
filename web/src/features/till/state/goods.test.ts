import { beforeEach, expect, test, vi } from 'vitest';
import { closeTillDb, tillDb, writeThing } from '@/outbox/database';
import { enqueue } from '@/outbox/outbox';
import { readGoods, syncGoods, syncStock } from './goods';

const product = (id: string, price_minor = 100_000) => ({
  id,
  sku: id,
  name: id,
  barcodes: [],
  category_id: null,
  unit: 'piece',
  price_minor,
  tax_rate_bp: 1600,
});
const level = (product_id: string, on_hand: number) => ({
  product_id,
  on_hand,
  reorder_level: 2,
  location_id: 'here',
});

interface Asked {
  path: string;
  query: Record<string, string>;
  tag: string | null;
}
let asked: Asked[] = [];

/** A server that answers by list; what it is asked is written down. */
function serve(
  catalogue: (asked: Asked) => [status: number, body?: object, tag?: string],
  stock: (asked: Asked) => [status: number, body?: object] = () => [200, page([], 's1')],
): void {
  vi.stubGlobal('fetch', (request: Request) => {
    const url = new URL(request.url);
    const one = {
      path: url.pathname.split('/').at(-1) ?? '',
      query: Object.fromEntries(url.searchParams),
      tag: request.headers.get('if-none-match'),
    };
    asked.push(one);
    const [status, body, tag] = one.path === 'till' ? catalogue(one) : stock(one);
    return Promise.resolve(
      new Response(status === 304 ? null : JSON.stringify(body), {
        status,
        headers: { 'content-type': 'application/json', ...(tag && { etag: tag }) },
      }),
    );
  });
}

const page = (items: object[], position: string, next_cursor: string | null = null) => ({
  currency: 'CDF',
  items,
  archived: [] as string[],
  position,
  next_cursor,
});

const goods = async () =>
  (await readGoods()).map(({ id, priceMinor, onHand }) => `${id} ${priceMinor / 100} ${onHand}`);

const of = (path: string) => asked.filter((one) => one.path === path);

beforeEach(async () => {
  asked = [];
  const db = await tillDb();
  for (const store of ['outbox', 'products', 'things'] as const) await db.clear(store);
});

/** A till that knows rice and salt. */
async function opened(): Promise<void> {
  serve(
    () => [200, page([product('rice'), product('salt')], 'c1'), '"t1"'],
    () => [200, page([level('rice', 5), level('salt', 8)], 's1')],
  );
  await syncGoods('here');
  asked = [];
}

test('the first load takes every page, and keeps the position of the walk', async () => {
  serve(({ query }) =>
    query['cursor']
      ? [200, page([product('salt')], 'c1')]
      : [200, page([product('rice')], 'c1', 'more'), '"t1"'],
  );
  await syncGoods('here');
  expect(await goods()).toEqual(['rice 1000 0', 'salt 1000 0']);
  expect(of('till').map(({ query }) => query)).toEqual([
    { limit: '1000' },
    { limit: '1000', cursor: 'more' },
  ]);
});

test('an unchanged catalogue costs a 304, also after the till was closed', async () => {
  await opened();
  await closeTillDb();
  serve(({ tag }) => (tag === '"t1"' ? [304] : [500]));
  await syncGoods('here');
  expect(of('till')).toEqual([
    { path: 'till', query: { limit: '1000', since: 'c1' }, tag: '"t1"' },
  ]);
  expect(of('inventory')[0]?.query).toMatchObject({ location_id: 'here', since: 's1' });
  expect(await goods()).toEqual(['rice 1000 5', 'salt 1000 8']);
});

test('a difference changes what it names: a price, a new product, one that is no longer sold', async () => {
  await opened();
  const changes = page([product('rice', 120_000), product('oil')], 'c2');
  serve(
    () => [200, { ...changes, archived: ['salt'] }, '"t2"'],
    () => [200, page([level('oil', 3), level('rice', 4)], 's2')],
  );
  await syncGoods('here');
  expect(await goods()).toEqual(['oil 1000 3', 'rice 1200 4']);
  expect((await readGoods())[1]?.priceBeforeMinor).toBe(100_000);
  // A day later the old price is no news any more.
  expect((await readGoods(Date.now() + 24 * 3_600_000))[1]?.priceBeforeMinor).toBeUndefined();
  serve(({ tag }) => (tag === '"t2"' ? [304] : [500]));
  await syncGoods('here');
  expect(of('till').at(-1)?.query['since']).toBe('c2');
});

test.each([
  [410, 'position.expired'],
  [400, 'request.invalid_position'],
])('%i %s loads the whole list once more', async (status, code) => {
  await opened();
  serve(
    ({ query }) =>
      query['since'] ? [status, { code }] : [200, page([product('oil')], 'c9'), '"t9"'],
    ({ query }) => (query['since'] ? [status, { code }] : [200, page([level('oil', 1)], 's9')]),
  );
  await syncGoods('here');
  expect(await goods(), 'nothing of before is left').toEqual(['oil 1000 1']);
  expect(of('till').map(({ query, tag }) => [query['since'], tag])).toEqual([
    ['c1', '"t1"'],
    [undefined, null],
  ]);
});

test('another refusal leaves everything as it is', async () => {
  await opened();
  serve(
    () => [200, page([product('oil')], 'c2'), '"t2"'],
    () => [503, { code: 'server.busy' }],
  );
  await expect(syncGoods('here')).rejects.toMatchObject({ status: 503 });
  expect(await goods()).toEqual(['rice 1000 5', 'salt 1000 8']);
});

test('the stock of another place is read whole', async () => {
  await opened();
  serve(
    () => [304],
    () => [200, page([level('salt', 1)], 's5')],
  );
  await syncStock('there');
  expect(of('inventory')[0]?.query).toEqual({ location_id: 'there', limit: '1000' });
  expect(await goods()).toEqual(['rice 1000 0', 'salt 1000 1']);
});

test('what was sold here and is not sent yet is off the shelf', async () => {
  await opened();
  await enqueue({
    id: 'sale',
    request: { lines: [{ product_id: 'rice', quantity: 2 }] },
  } as unknown as Parameters<typeof enqueue>[0]);
  expect(await goods()).toEqual(['rice 1000 3', 'salt 1000 8']);
});

test('a till of an older version sells from what it kept until it has read anew', async () => {
  const db = await tillDb();
  await db.put('products', {
    id: 'rice',
    sku: 'rice',
    priceMinor: 90_000,
    onHand: 7,
    reorderLevel: 1,
  });
  await writeThing('shop', {});
  expect(await goods()).toEqual(['rice 900 7']);
  await opened();
  expect(await goods()).toEqual(['rice 1000 5', 'salt 1000 8']);
});
