import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Problem } from '@/api/problem';
import { closeTillDb, tillDb } from './database';
import {
  countOutbox,
  drain,
  enqueue,
  entries,
  firstBatch,
  requeue,
  withdraw,
  type Send,
  type Sent,
} from './outbox';
import type { OutboxEntry } from './entry';
import { outboxCounts } from './state';

const sale = (id: string): Omit<OutboxEntry, 'seq' | 'state' | 'attempts'> => ({
  id,
  number: `C1-${id}`,
  request: { id, lines: [] },
  cashier: { id: 'u', name: 'Esther' },
  madeAt: 0,
  receipt: {
    currency: 'CDF',
    taxMode: 'included',
    lines: [],
    totalMinor: 100,
    taxMinor: 0,
    roundingMinor: 0,
    receivedMinor: 100,
    payments: [],
    change: [],
    rate: undefined,
  },
});

const recorded = (): Sent => ({
  kind: 'recorded',
  number: 7,
  recordedAt: '2026-11-28T10:00:00Z',
});
const later = (): Sent => ({ kind: 'later' });
const refused = (): Sent => ({
  kind: 'refused',
  problem: new Problem(409, { code: 'stock.insufficient', errors: [] }),
});

/** Sends each sale of a request in the same way. */
const each =
  (one: (entry: OutboxEntry) => Sent): Send =>
  (batch) =>
    Promise.resolve(batch.map(one));

const states = async () => (await entries()).map(({ id, state }) => `${id} ${state}`);

beforeEach(async () => {
  await (await tillDb()).clear('outbox');
  await countOutbox();
});

describe('the outbox', () => {
  test('sends in the order in which sales were made, and keeps what the server recorded', async () => {
    const seen: string[] = [];
    for (const id of ['b', 'a', 'c']) await enqueue(sale(id));
    expect(outboxCounts()).toEqual({ waiting: 3, refused: 0 });
    await drain((batch) => {
      seen.push(batch.map(({ id }) => id).join(' '));
      return each(recorded)(batch);
    });
    expect(seen, 'in one request').toEqual(['b a c']);
    expect(await states()).toEqual(['b synced', 'a synced', 'c synced']);
    expect((await entries())[0]?.sale?.number).toBe(7);
    expect(outboxCounts()).toEqual({ waiting: 0, refused: 0 });
  });

  test('the same sale is written down once', async () => {
    await enqueue(sale('a'));
    await enqueue(sale('a'));
    expect(await states()).toEqual(['a queued']);
  });

  test('stops where there is no answer, and loses nothing', async () => {
    for (const id of ['a', 'b']) await enqueue(sale(id));
    const send = vi.fn(each(later));
    await drain(send);
    expect(send).toHaveBeenCalledTimes(1);
    await drain(() => Promise.reject(new Error('the network broke')));
    expect(await states()).toEqual(['a queued', 'b queued']);
    expect((await entries())[0]?.attempts).toBe(2);
  });

  test('a refused sale goes to its tray, and the next are sent all the same', async () => {
    for (const id of ['a', 'b']) await enqueue(sale(id));
    await drain(each(({ id }) => (id === 'a' ? refused() : recorded())));
    expect(await states()).toEqual(['a refused', 'b synced']);
    expect(outboxCounts()).toEqual({ waiting: 0, refused: 1 });
    await requeue('a');
    await drain(each(recorded));
    expect(await states()).toEqual(['a synced', 'b synced']);
  });

  test('only a refused sale can be taken out', async () => {
    await enqueue(sale('a'));
    expect(await withdraw('a')).toBe(false);
    await drain(each(refused));
    expect(await withdraw('a')).toBe(true);
    expect(await states()).toEqual([]);
  });

  test('what a closed tab was sending is sent again under the same id', async () => {
    await enqueue(sale('a'));
    const db = await tillDb();
    const found = (await db.get('outbox', 'a'))!;
    await db.put('outbox', { ...found, state: 'sending', attempts: 1 });
    await closeTillDb();
    const send = vi.fn(each(recorded));
    await drain(send);
    expect(send.mock.calls[0]?.[0].map(({ id }) => id)).toEqual(['a']);
    expect(await states()).toEqual(['a synced']);
  });

  test('two tabs at once send each sale once', async () => {
    for (const id of ['a', 'b', 'c']) await enqueue(sale(id));
    const seen: string[] = [];
    const slow: Send = async (batch) => {
      seen.push(...batch.map(({ id }) => id));
      await new Promise((done) => setTimeout(done, 5));
      return batch.map(recorded);
    };
    await Promise.all([drain(slow), drain(slow)]);
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  test('one sale that must wait is sent again, those around it are settled', async () => {
    for (const id of ['a', 'b', 'c']) await enqueue(sale(id));
    const seen: string[][] = [];
    const send: Send = (batch) => {
      seen.push(batch.map(({ id }) => id));
      return each(({ id }) => (id === 'b' && seen.length === 1 ? later() : recorded()))(batch);
    };
    await drain(send);
    expect(await states()).toEqual(['a synced', 'b queued', 'c synced']);
    await drain(send);
    expect(seen).toEqual([['a', 'b', 'c'], ['b']]);
    expect(await states()).toEqual(['a synced', 'b synced', 'c synced']);
  });

  test('an answer with too few results settles only what it names', async () => {
    for (const id of ['a', 'b']) await enqueue(sale(id));
    await drain(() => Promise.resolve([recorded()]));
    expect(await states()).toEqual(['a synced', 'b queued']);
  });

  test('200 sales over a line that breaks before and after the server has them are 200, once each', async () => {
    const server = new Map<string, number>();
    let dice = 7;
    // The same numbers on every run: which tries fail is no matter of luck.
    const roll = () => (dice = (dice * 48_271) % 2_147_483_647) % 100;
    const record = (entry: OutboxEntry): Sent => {
      if (!server.has(entry.id)) server.set(entry.id, server.size + 1);
      const number = server.get(entry.id) ?? 0;
      return { kind: 'recorded', number, recordedAt: '2026-11-28T10:00:00Z' };
    };
    const send: Send = (batch) => {
      const fate = roll();
      if (fate < 20) return Promise.reject(new Error('lost on the way there'));
      // The server stops in the middle of a request, or its answer is lost.
      const done = fate < 60 ? batch.slice(0, Math.ceil(batch.length / 3)) : batch;
      const results = done.map(record);
      if (fate < 50) return Promise.reject(new Error('lost on the way back'));
      return Promise.resolve(results);
    };
    const made = Array.from({ length: 200 }, (_, at) => `s${at}`);
    for (const id of made) await enqueue(sale(id));
    while (outboxCounts().waiting > 0) await drain(send);
    expect([...server.keys()]).toEqual(made);
    expect((await entries()).map((entry) => entry.sale?.number)).toEqual(
      made.map((_, at) => at + 1),
    );
  }, 60_000);
});

describe('a request', () => {
  const entry = (id: string, note = ''): OutboxEntry => ({
    ...sale(id),
    seq: 0,
    state: 'queued',
    attempts: 0,
    request: { id, lines: [], note },
  });

  test('has 100 sales at most', () => {
    const many = Array.from({ length: 130 }, (_, at) => entry(`s${at}`));
    expect(firstBatch(many).map(({ id }) => id)).toEqual(many.slice(0, 100).map(({ id }) => id));
  });

  test('has no more text than the server takes, and one sale at least', () => {
    const long = ['a', 'b', 'c'].map((id) => entry(id, 'x'.repeat(140_000)));
    expect(firstBatch(long)).toHaveLength(2);
    expect(firstBatch([entry('a', 'x'.repeat(900_000)), entry('b')])).toHaveLength(1);
    expect(firstBatch([])).toEqual([]);
  });
});
