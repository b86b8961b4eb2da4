import { expect, test, vi } from 'vitest';
import { enqueue, type OutboxEntry } from '@/outbox/outbox';
import { isNumberTaken } from './twins';

function serve(...items: object[]): string[] {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (request: Request) => {
    asked.push(new URL(request.url).searchParams.get('q') ?? '');
    const body = JSON.stringify({ items, next_cursor: null });
    return Promise.resolve(
      new Response(body, { status: 200, headers: { 'content-type': 'application/json' } }),
    );
  });
  return asked;
}

test('a number that a sale of another machine has is taken', async () => {
  const asked = serve({ id: 'other', external_number: 'C1-000001' });
  expect(await isNumberTaken('C1-000001')).toBe(true);
  expect(asked).toEqual(['C1-000001']);
});

test('a sale that only speaks of the number, or is from here, takes nothing', async () => {
  await enqueue({ id: 'own', request: { id: 'own', lines: [] } } as unknown as OutboxEntry);
  serve({ id: 'note', external_number: 'B7-000001' }, { id: 'own', external_number: 'C1-000002' });
  expect(await isNumberTaken('C1-000002')).toBe(false);
  serve();
  expect(await isNumberTaken('C1-000002')).toBe(false);
});
