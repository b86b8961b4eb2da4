import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Reading } from '@/api/events';
import { Problem } from '@/api/problem';
import { follow, pauseAfter, type Batch } from './follow';

const { readEvents } = vi.hoisted(() => ({ readEvents: vi.fn() }));
vi.mock('@/api/events', () => ({ readEvents }));

/** One stream after the other; the last one for good. */
function serve(...streams: ((reading: Reading) => Promise<void>)[]): void {
  let at = 0;
  readEvents.mockImplementation((_path: string, reading: Reading) => {
    const stream = streams[Math.min(at, streams.length - 1)];
    at += 1;
    return stream?.(reading);
  });
}

const asked = () => readEvents.mock.calls.map(([, reading]) => (reading as Reading).lastId);

const event = (name: string) => ({ event: name, data: `{"event":"${name}"}`, id: undefined });

const says =
  (...pieces: [id: string | undefined, ...names: string[]][]) =>
  (reading: Reading) => {
    for (const [id, ...names] of pieces) {
      names.forEach((name) => {
        reading.onEvent(event(name));
      });
      reading.onPiece?.(id);
    }
    return Promise.resolve();
  };

const stays = ({ signal }: Reading) =>
  new Promise<void>((_, fail) => {
    signal.addEventListener('abort', () => {
      fail(new DOMException('over', 'AbortError'));
    });
  });

const refuses = (status: number, code: string, retryAfter?: number) => () =>
  Promise.reject(new Problem(status, { code }, retryAfter));

let stop: AbortController;
let batches: Batch[];
const begin = (id?: string, at = Date.now()) =>
  follow({ place: { id, at }, onBatch: (batch) => batches.push(batch), signal: stop.signal });
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const names = () =>
  batches.map(({ from, to, events }) => [from, to, ...events.map((e) => e.event)]);

beforeEach(() => {
  vi.useFakeTimers();
  stop = new AbortController();
  batches = [];
  readEvents.mockReset();
});

afterEach(async () => {
  stop.abort();
  await pass(0);
  vi.useRealTimers();
});

test('a stream that ends goes on behind the last id, bare ones too', async () => {
  serve(says(['1', 'ready'], [undefined], ['2', 'sale', 'stock'], ['9']), stays);
  void begin();
  await pass(2000);
  expect(asked()).toEqual([undefined, '9']);
  expect(names()).toEqual([
    [undefined, '1', 'ready'],
    ['1', '1'],
    ['1', '2', 'sale', 'stock'],
    ['2', '9'],
  ]);
});

test('it begins where another tab has come to', async () => {
  serve(stays);
  void begin('7');
  await pass(0);
  expect(asked()).toEqual(['7']);
});

test('an id of another history is forgotten, and everything may be old', async () => {
  serve(refuses(400, 'request.invalid_position'), says(['1', 'ready']), stays);
  void begin('7');
  await pass(5000);
  expect(asked()).toEqual(['7', undefined, '1']);
  expect(names().slice(0, 2)).toEqual([
    ['7', undefined, 'reset'],
    [undefined, '1', 'ready'],
  ]);
});

test('after a long absence everything is read again instead of what happened meanwhile', async () => {
  serve(stays);
  void begin('7', Date.now() - 11 * 60_000);
  await pass(0);
  expect(asked()).toEqual([undefined]);
  expect(names()).toEqual([['7', undefined, 'reset']]);
});

test('a line that is quiet for too long is dead; a beat keeps it', async () => {
  let beat: (() => void) | undefined;
  serve((reading) => {
    beat = () => reading.onPiece?.(undefined);
    return stays(reading);
  }, stays);
  void begin();
  await pass(40_000);
  beat?.();
  await pass(40_000);
  expect(readEvents).toHaveBeenCalledTimes(1);
  await pass(10_000);
  expect(readEvents).toHaveBeenCalledTimes(2);
});

test('a server that is away is asked ever less often, and one that was there at once', async () => {
  serve(refuses(503, 'server.busy'));
  void begin();
  await pass(60_000);
  const first = readEvents.mock.calls.length;
  expect(first).toBeGreaterThan(4);
  expect(first).toBeLessThan(9);
  await pass(600_000);
  expect(readEvents.mock.calls.length - first).toBeLessThan(21);
  const steady = async (reading: Reading) => {
    await says(['1', 'ready'])(reading);
    await new Promise((done) => setTimeout(done, 40_000));
  };
  serve(steady, stays);
  readEvents.mockClear();
  while (readEvents.mock.calls.length === 0) await pass(500);
  await pass(40_000 + 1000);
  expect(readEvents).toHaveBeenCalledTimes(2);
});

test('pauses double up to a minute, differ between clients, and keep to what the server asks for', () => {
  expect([1, 2, 3, 7, 8, 40].map((n) => pauseAfter(n, undefined, 1))).toEqual([
    1000, 2000, 4000, 60_000, 60_000, 60_000,
  ]);
  expect(pauseAfter(3, undefined, 0)).toBe(2000);
  expect(pauseAfter(1, 30, 0)).toBe(30_500);
});

test('told to end, it ends, in a stream and in a pause', async () => {
  serve(stays);
  const reading = begin();
  await pass(0);
  stop.abort();
  await expect(reading).resolves.toBeUndefined();
  stop = new AbortController();
  serve(refuses(503, 'server.busy'));
  const pausing = begin();
  await pass(0);
  stop.abort();
  await expect(pausing).resolves.toBeUndefined();
});
