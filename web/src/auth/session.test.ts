import { beforeEach, expect, test, vi } from 'vitest';
import { accessToken, currentSession, renew, signIn, signOut, takeTokens } from './session';

const pair = (n: number, lifetime = 900) => ({
  access_token: `access-${n}`,
  refresh_token: `refresh-${n}`,
  token_type: 'Bearer' as const,
  expires_in: lifetime,
  user: {
    id: 'u',
    email: 'e@example.com',
    name: 'Esther',
    role: 'cashier' as const,
    disabled: false,
    second_factor: false,
    version: 1,
    created_at: '',
    updated_at: '',
  },
});

const answer = (status: number, body: unknown) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });

beforeEach(async () => {
  vi.stubGlobal(
    'fetch',
    vi.fn(() => Promise.resolve(new Response(null, { status: 204 }))),
  );
  await signOut();
});

test('many requests at once renew the session once, and each gets the new token', async () => {
  takeTokens(pair(1, 0));
  const fetched = vi.fn(() => Promise.resolve(answer(200, pair(2))));
  vi.stubGlobal('fetch', fetched);
  const tokens = await Promise.all([accessToken(), accessToken(), renew('access-1')]);
  expect(tokens).toEqual(['access-2', 'access-2', 'access-2']);
  expect(fetched).toHaveBeenCalledTimes(1);
  const [, init] = fetched.mock.calls[0] as unknown as [string, RequestInit];
  expect(init.body).toBe('{"refresh_token":"refresh-1"}');
});

test('a session that the server ended is over, and who it was is kept', async () => {
  takeTokens(pair(1, 0));
  vi.stubGlobal('fetch', () => Promise.resolve(answer(401, { code: 'auth.session_expired' })));
  await expect(accessToken()).rejects.toMatchObject({ code: 'auth.session_expired' });
  expect(currentSession()).toMatchObject({ state: 'ended', user: { name: 'Esther' } });
});

test('without a network the session stays', async () => {
  takeTokens(pair(1, 0));
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network')));
  await expect(accessToken()).rejects.toMatchObject({ code: 'app.offline' });
  expect(currentSession().state).toBe('in');
});

test('a refused sign-in says why, and leaves nobody signed in', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(answer(401, { code: 'auth.wrong_credentials' })));
  await expect(signIn('a', 'b')).rejects.toMatchObject({ code: 'auth.wrong_credentials' });
  expect(currentSession().state).toBe('out');
});

test('a page that opens does not renew while the token of the page before holds', async () => {
  takeTokens(pair(1));
  const fetched = vi.fn();
  vi.stubGlobal('fetch', fetched);
  vi.resetModules();
  const next = await import('./session');
  expect(next.currentSession()).toMatchObject({ state: 'in', user: { name: 'Esther' } });
  expect(await next.accessToken()).toBe('access-1');
  expect(fetched).not.toHaveBeenCalled();
});

test('a token that the server has refused is renewed, though its time is not over', async () => {
  takeTokens(pair(1));
  vi.stubGlobal('fetch', () => Promise.resolve(answer(200, pair(2))));
  expect(await renew('access-1')).toBe('access-2');
});

test('a refusal that passes by itself says after how many seconds', async () => {
  const body = { code: 'auth.too_many_attempts', retry_after_seconds: 42 };
  vi.stubGlobal('fetch', () => Promise.resolve(answer(429, body)));
  await expect(signIn('a', 'b')).rejects.toMatchObject({ retryAfter: 42 });
});
