import { beforeEach, expect, test, vi } from 'vitest';
import type { OutboxEntry } from '@/outbox/outbox';
import { takeTokens } from '@/auth/session';
import { tillDb } from '@/outbox/database';
import { countOutbox } from '@/outbox/outbox';
import { keepSending, send } from './sender';

const entry = (id: string): OutboxEntry =>
  ({
    id,
    request: { id, lines: [] },
    cashier: { id: 'u', name: 'Esther' },
  }) as unknown as OutboxEntry;

interface Answered {
  status: number;
  body: unknown;
}

const requests: string[][] = [];

/** A server that answers each request in this way, by the ids in it. */
function serve(answer: (ids: string[]) => Answered): void {
  vi.stubGlobal('fetch', async (request: Request) => {
    const body = (await request.json()) as { sales: { id: string }[] };
    const ids = body.sales.map(({ id }) => id);
    requests.push(ids);
    const { status, body: given } = answer(ids);
    return new Response(JSON.stringify(given), {
      status,
      headers: { 'content-type': 'application/json' },
    });
  });
}

const result = (index: number, status: number, code?: string) => ({
  index,
  status,
  sale: code ? null : { number: index + 1, recorded_at: '2026-11-30T10:00:00Z' },
  problem: code ? { code, title: code, status, errors: [] } : null,
});

const kinds = async (ids: string[]) =>
  (await send(ids.map(entry))).map((sent) =>
    sent.kind === 'refused' ? sent.problem.code : sent.kind,
  );

beforeEach(() => {
  requests.length = 0;
});

test('each sale of a request has its own result', async () => {
  serve(() => ({
    status: 200,
    body: {
      results: [
        result(0, 201),
        result(1, 409, 'stock.insufficient'),
        result(2, 200),
        result(3, 503, 'server.busy'),
        result(4, 408, 'request.timeout'),
      ],
    },
  }));
  expect(await kinds(['a', 'b', 'c', 'd', 'e'])).toEqual([
    'recorded',
    'stock.insufficient',
    'recorded',
    'later',
    'later',
  ]);
  expect(requests).toEqual([['a', 'b', 'c', 'd', 'e']]);
});

test('a refusal says where in the sale', async () => {
  const errors = [{ pointer: '/lines/0/quantity', code: 'stock.insufficient', detail: '' }];
  const problem = { code: 'stock.insufficient', title: '', status: 409, errors };
  serve(() => ({ status: 200, body: { results: [{ ...result(0, 409), sale: null, problem }] } }));
  const [sent] = await send([entry('a')]);
  expect(sent).toMatchObject({ kind: 'refused', problem: { status: 409, errors } });
});

test.each([
  [503, 'server.busy'],
  [408, 'request.timeout'],
  [429, 'request.too_many'],
  [401, 'auth.unauthenticated'],
  [500, 'server.internal'],
])('a whole request that meets %i waits', async (status, code) => {
  serve(() => ({ status, body: { code } }));
  expect(await kinds(['a', 'b'])).toEqual(['later', 'later']);
  expect(requests).toHaveLength(1);
});

test('a request that is refused as a whole is sent in parts, and only what is wrong is refused', async () => {
  serve((ids) =>
    ids.includes('c')
      ? { status: 413, body: { code: 'request.too_large' } }
      : { status: 200, body: { results: ids.map((_, at) => result(at, 201)) } },
  );
  expect(await kinds(['a', 'b', 'c', 'd'])).toEqual([
    'recorded',
    'recorded',
    'request.too_large',
    'recorded',
  ]);
  expect(requests).toEqual([['a', 'b', 'c', 'd'], ['a', 'b'], ['c', 'd'], ['c'], ['d']]);
});

test('what another tab has written down is sent, although its word never came', async () => {
  takeTokens({
    access_token: 'a',
    refresh_token: 'r',
    expires_in: 900,
    user: { id: 'u', role: 'cashier', name: 'Esther' },
  } as Parameters<typeof takeTokens>[0]);
  serve((ids) => ({ status: 200, body: { results: ids.map((_, at) => result(at, 201)) } }));
  await countOutbox();
  const stop = keepSending();
  const db = await tillDb();
  await db.add('outbox', { ...entry('a'), seq: 1, state: 'queued', attempts: 0 });
  dispatchEvent(new Event('online'));
  await vi.waitFor(async () => {
    expect((await db.get('outbox', 'a'))?.state).toBe('synced');
  });
  stop();
  expect(requests).toEqual([['a']]);
});
