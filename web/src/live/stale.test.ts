import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ShopEvent } from './feed';
import { markStale, touched, type Marker } from './stale';

let client: QueryClient;
let marker: Marker;
let ends: (() => void)[];

beforeEach(() => {
  vi.useFakeTimers();
  client = new QueryClient({ defaultOptions: { queries: { staleTime: 60_000, retry: false } } });
  marker = markStale(client);
  ends = [];
});

afterEach(() => {
  ends.forEach((end) => {
    end();
  });
  marker.stop();
  client.clear();
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const event = (name: string, rest: object = {}) => ({ event: name, ...rest }) as ShopEvent;

/** A query that is on the screen, and how often it was read. */
function shown(queryKey: unknown[], read: () => unknown = () => 'data') {
  const queryFn = vi.fn(read);
  const observer = new QueryObserver(client, { queryKey, queryFn });
  ends.push(observer.subscribe(() => undefined));
  return queryFn;
}

test('a sale reads the list again that is on the screen, and marks the one that is not', async () => {
  const list = shown(['sales', 'list', {}]);
  const one = shown(['sales', 'one', 'x']);
  const settings = shown(['settings']);
  client.setQueryData(['sales', 'list', { q: 'a' }], 'data');
  await pass(0);
  marker.take([event('sale')]);
  await pass(300);
  expect(list).toHaveBeenCalledTimes(2);
  expect(client.getQueryState(['sales', 'list', { q: 'a' }])?.isInvalidated).toBe(true);
  expect(one).toHaveBeenCalledTimes(1);
  expect(settings).toHaveBeenCalledTimes(1);
});

test('many sales read the list again once in two seconds, and the last is not missed', async () => {
  const list = shown(['sales', 'list', {}]);
  await pass(0);
  for (let at = 0; at < 100; at += 1) {
    marker.take([event('sale')]);
    await pass(100);
  }
  await pass(2500);
  expect(list.mock.calls.length).toBeGreaterThanOrEqual(5);
  expect(list.mock.calls.length).toBeLessThanOrEqual(8);
  const read = list.mock.calls.length;
  await pass(60_000);
  expect(list).toHaveBeenCalledTimes(read);
});

test('a slow reading is never cut off by the next sale', async () => {
  let isSlow = false;
  const read = () =>
    isSlow ? new Promise((done) => setTimeout(() => done('new'), 9000)) : Promise.resolve('old');
  const list = shown(['sales', 'list', {}], read);
  await pass(0);
  isSlow = true;
  for (let at = 0; at < 95; at += 1) {
    marker.take([event('sale')]);
    await pass(100);
  }
  expect(client.getQueryData(['sales', 'list', {}])).toBe('new');
  expect(list).toHaveBeenCalledTimes(2);
});

test('what happens while a page is read for the first time is read too', async () => {
  const list = shown(
    ['sales', 'list', {}],
    () => new Promise((done) => setTimeout(done, 500, 'x')),
  );
  marker.take([event('sale')]);
  await pass(2000);
  expect(list).toHaveBeenCalledTimes(2);
});

test('a list that somebody has followed far down is marked, and does not move', async () => {
  const list = shown(['sales', 'list', {}], () => ({ pages: [1, 2, 3, 4] }));
  await pass(0);
  marker.take([event('sale')]);
  await pass(5000);
  expect(list).toHaveBeenCalledTimes(1);
  expect(client.getQueryState(['sales', 'list', {}])?.isInvalidated).toBe(true);
});

test('in a hidden tab nothing is read, and everything is known to be old', async () => {
  const list = shown(['sales', 'list', {}]);
  await pass(0);
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
  marker.take([event('sale')]);
  await pass(5000);
  expect(list).toHaveBeenCalledTimes(1);
  expect(client.getQueryState(['sales', 'list', {}])?.isInvalidated).toBe(true);
});

test('an order that somebody works in stays as it is, and is known to be old', async () => {
  const order = shown(['analytics', 'order']);
  await pass(0);
  marker.take([event('stock')]);
  await pass(20_000);
  expect(order).toHaveBeenCalledTimes(1);
  expect(client.getQueryState(['analytics', 'order'])?.isInvalidated).toBe(true);
});

test('after a loss everything on the screen is read again', async () => {
  const [settings, list] = [shown(['settings']), shown(['sales', 'list', {}])];
  await pass(0);
  marker.take('lost');
  marker.take('lost');
  await pass(1000);
  expect(settings).toHaveBeenCalledTimes(2);
  expect(list).toHaveBeenCalledTimes(2);
});

test('when the stream begins, what was read before is read again, what is on its way is not', async () => {
  const before = shown(['sales', 'list', {}]);
  const settings = shown(['settings']);
  await pass(0);
  const under = shown(
    ['dashboard', 'screen'],
    () => new Promise((done) => setTimeout(done, 500, 'x')),
  );
  marker.take([event('ready')]);
  await pass(2000);
  expect(before).toHaveBeenCalledTimes(2);
  expect(settings).toHaveBeenCalledTimes(1);
  expect(under).toHaveBeenCalledTimes(1);
});

test('each event touches what shows it', () => {
  expect(touched(event('refund'))).toContain('refunds');
  expect(touched(event('void'))).toContain('sales');
  expect(touched(event('stock'))).toContain('stock');
  expect(touched(event('finding'))).toEqual(['findings', 'figures']);
  expect(touched(event('job', { job: { kind: 'reports.make' } }))).toEqual(['jobs', 'reports']);
  expect(touched(event('job', { job: { kind: 'of.tomorrow' } }))).toEqual(['jobs']);
  expect(touched(event('of_tomorrow'))).toEqual([]);
});
