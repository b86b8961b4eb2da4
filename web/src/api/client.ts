/**
 * The API, typed by its own document. `await ok(api.GET('/api/v1/products', …))` is the data or throws
 * a {@link Problem}; tokens, their renewal and the state of the connection are taken care of here.
 */
import createClient from 'openapi-fetch';
import { accessToken, renew } from '@/auth/session';
import { sawAnswer, sawNoAnswer } from '@/connection/connection';
import { Problem, problemOf } from './problem';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];

const TIMEOUT_MS = 30_000;
const RENEWABLE = new Set(['auth.token_expired', 'auth.unauthenticated']);

interface Sending {
  /** Watched for as long as it lasts: no time limit. */
  isStream?: boolean;
}

async function send(request: Request, { isStream }: Sending): Promise<Response> {
  const timeout = isStream ? new AbortController().signal : AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(request, { signal: AbortSignal.any([request.signal, timeout]) });
    sawAnswer(response);
    return response;
  } catch (error) {
    if (request.signal.aborted) throw error;
    sawNoAnswer();
    throw new Problem(0, { code: timeout.aborted ? 'app.timeout' : 'app.offline' });
  }
}

function authorized(request: Request, token: string | undefined): Request {
  const copy = request.clone();
  if (token) copy.headers.set('authorization', `Bearer ${token}`);
  return copy;
}

/** Sends with the token of the session; one that has just run out is renewed once. */
export async function authorizedFetch(request: Request, sending: Sending = {}): Promise<Response> {
  const token = await accessToken();
  const response = await send(authorized(request, token), sending);
  if (response.status !== 401 || !token) return response;
  const problem = await problemOf(response);
  if (!RENEWABLE.has(problem.code)) {
    if (problem.code === 'auth.session_ended' || problem.code === 'auth.session_expired') {
      await renew(token).catch(() => undefined);
    }
    return response;
  }
  return send(authorized(request, await renew(token)), sending);
}

export const api = createClient<paths>({
  baseUrl: typeof location === 'undefined' ? 'http://localhost' : location.origin,
  fetch: (request) => authorizedFetch(request),
});

/** The data of an answer, or its refusal as an exception. */
export async function ok<T>(
  answer: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await answer;
  if (!response.ok) {
    const body = typeof error === 'object' && error !== null ? error : {};
    const after = Number(response.headers.get('retry-after'));
    throw new Problem(response.status, body, after > 0 ? after : undefined);
  }
  return data as T;
}

/** The data of an answer and its tag; undefined where the tag that was sent still holds (304). */
export async function unlessSame<T>(
  answer: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<{ data: T; tag: string | undefined } | undefined> {
  const { response } = await answer;
  if (response.status === 304) return undefined;
  return { data: await ok(answer), tag: response.headers.get('etag') ?? undefined };
}

/** The header of a POST that moves stock or money: made once for a deed, kept over its retries. */
export function idempotencyKey(key: string = crypto.randomUUID()): { 'Idempotency-Key': string } {
  return { 'Idempotency-Key': key };
}

/** All pages of a list, one after the other. */
export async function allPages<T>(
  page: (cursor: string | undefined) => Promise<{ items: T[]; next_cursor: string | null }>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const answer = await page(cursor);
    items.push(...answer.items);
    cursor = answer.next_cursor ?? undefined;
  } while (cursor);
  return items;
}
