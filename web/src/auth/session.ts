/**
 * Who is signed in. Its tokens are in local storage, since the till has to open after a reload without
 * a network. The refresh token is rotated by one tab at a time: a token that is shown twice ends its
 * session on the server. A page that is left while it renews loses the answer, and with it the next
 * token: so a page that opens does not renew while the access token of the one before still holds.
 */
import { Problem, problemOf } from '@/api/problem';
import type { components } from '@/api/schema';
import { sawAnswer, sawNoAnswer } from '@/connection/connection';

type TokenPair = components['schemas']['TokenPair'];
export type User = components['schemas']['User'];

export interface Session {
  /** `ended`: the server ended it; who it was is kept, so that an open ticket is too. */
  state: 'in' | 'out' | 'ended';
  user: User | undefined;
}

interface Access {
  token: string;
  expiresAt: number;
}

interface Stored {
  refresh: string;
  user: User;
  /** Absent in what an older version of the app has kept. */
  access?: Access;
}

type Message =
  { kind: 'renewed'; access: Access; user: User } | { kind: 'out' } | { kind: 'ended' };

const KEY = 'salesflow.session';
const LOCK = 'salesflow.session';
/** Renewed this long before its end, so that a slow request does not meet it. */
const EARLY_MS = 30_000;

const channel = new BroadcastChannel(KEY);
const listeners = new Set<() => void>();
let access: Access | undefined = stored()?.access;
let renewing: Promise<string> | undefined;
let session: Session = first();

function stored(): Stored | undefined {
  try {
    return (JSON.parse(localStorage.getItem(KEY) ?? 'null') as Stored | undefined) ?? undefined;
  } catch {
    return undefined;
  }
}

function first(): Session {
  const kept = stored();
  return kept ? { state: 'in', user: kept.user } : { state: 'out', user: undefined };
}

function set(next: Session): void {
  session = next;
  listeners.forEach((listener) => {
    listener();
  });
}

export function currentSession(): Session {
  return session;
}

export function subscribeSession(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Takes the pair of a sign-in, a setup or a changed password. */
export function takeTokens(pair: TokenPair): void {
  access = { token: pair.access_token, expiresAt: Date.now() + pair.expires_in * 1000 };
  const kept: Stored = { refresh: pair.refresh_token, user: pair.user, access };
  localStorage.setItem(KEY, JSON.stringify(kept));
  set({ state: 'in', user: pair.user });
  channel.postMessage({ kind: 'renewed', access, user: pair.user } satisfies Message);
}

function end(state: 'out' | 'ended'): void {
  access = undefined;
  localStorage.removeItem(KEY);
  set({ state, user: state === 'ended' ? session.user : undefined });
}

channel.onmessage = (event: MessageEvent<Message>) => {
  const message = event.data;
  if (message.kind === 'renewed') {
    access = message.access;
    set({ state: 'in', user: message.user });
  } else end(message.kind);
};

/** Signs out here and in the other tabs; the server forgets the session too where it can be reached. */
export async function signOut(): Promise<void> {
  const token = access?.token;
  end('out');
  channel.postMessage({ kind: 'out' } satisfies Message);
  if (!token) return;
  await fetch('/api/v1/auth/logout', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  }).catch(() => undefined);
}

/** A token that is still valid, renewed first where it has to be. Undefined for nobody. */
export async function accessToken(): Promise<string | undefined> {
  if (session.state !== 'in') return undefined;
  if (access && access.expiresAt - EARLY_MS > Date.now()) return access.token;
  return renew(access?.token);
}

/**
 * Renews the session: one flight in this tab, one at a time over all tabs. A tab that waited for
 * another takes what that one got.
 */
export function renew(stale: string | undefined): Promise<string> {
  renewing ??= renewInTurn(stale).finally(() => {
    renewing = undefined;
  });
  return renewing;
}

async function renewInTurn(stale: string | undefined): Promise<string> {
  return navigator.locks.request(LOCK, async () => renewAlone(stale));
}

async function renewAlone(stale: string | undefined): Promise<string> {
  if (access && access.token !== stale && access.expiresAt > Date.now()) return access.token;
  const kept = stored();
  // Another tab may have renewed while this one waited, and its word be still on the way.
  if (kept?.access && kept.access.token !== stale && kept.access.expiresAt > Date.now()) {
    access = kept.access;
    return access.token;
  }
  if (!kept) {
    end(session.state === 'in' ? 'ended' : 'out');
    throw new Problem(401, { code: 'auth.session_ended' });
  }
  const response = await post('/api/v1/auth/refresh', { refresh_token: kept.refresh });
  if (response.ok) {
    const pair = (await response.json()) as TokenPair;
    takeTokens(pair);
    return pair.access_token;
  }
  const problem = await problemOf(response);
  if (problem.status === 401) {
    end('ended');
    channel.postMessage({ kind: 'ended' } satisfies Message);
  }
  throw problem;
}

async function post(path: string, body: unknown): Promise<Response> {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    sawAnswer(response);
    return response;
  } catch {
    sawNoAnswer();
    throw new Problem(0, { code: 'app.offline' });
  }
}

/** Signs in. Refusals are thrown as {@link Problem}. */
export async function signIn(email: string, password: string, otp?: string): Promise<User> {
  const response = await post('/api/v1/auth/login', { email, password, ...(otp ? { otp } : {}) });
  if (!response.ok) throw await problemOf(response);
  const pair = (await response.json()) as TokenPair;
  takeTokens(pair);
  return pair.user;
}

/** Opens the shop: the first owner, with the token that the server printed. */
export async function openShop(body: components['schemas']['SetupRequest']): Promise<User> {
  const response = await post('/api/v1/setup', body);
  if (!response.ok) throw await problemOf(response);
  const pair = (await response.json()) as TokenPair;
  takeTokens(pair);
  return pair.user;
}
