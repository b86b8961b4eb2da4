/**
 * Fetches for each drawn screen what it shows, by the client that is made from the API's own document,
 * and prints it as a table. Fails where a screen needs more than three requests.
 */
import { readFileSync } from 'node:fs';
import createClient from 'openapi-fetch';
import type { paths } from '../src/api/schema';
import { data, type Row } from './screens.client';
import { GOODS } from './screens.goods';
import { OFFICE } from './screens.office';
import { TILL } from './screens.till';

const MOST_REQUESTS = 3;
const SHOWN_ROWS = 5;

function logins(file: string): Map<string, { email: string; password: string }> {
  const found = new Map<string, { email: string; password: string }>();
  for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
    const [role = '', email = '', password = ''] = line.trim().split(/\s+/);
    if (!found.has(role)) found.set(role, { email, password });
  }
  return found;
}

async function tokenOf(address: string, body: { email: string; password: string }) {
  const client = createClient<paths>({ baseUrl: address });
  return (await data(client.POST('/api/v1/auth/login', { body }))).access_token;
}

/** Prints every screen; true where none asks more than three times. */
export async function run(address: string, loginFile: string): Promise<boolean> {
  const known = logins(loginFile);
  const tokens = new Map<string, string>();
  const counted: Row[] = [];
  const tooMany: string[] = [];
  const today = new Date().toISOString().slice(0, 10);
  for (const screen of [...OFFICE, ...GOODS, ...TILL]) {
    const login = known.get(screen.role);
    if (!login) throw new Error(`${loginFile} has no ${screen.role}`);
    const token = tokens.get(screen.role) ?? (await tokenOf(address, login));
    tokens.set(screen.role, token);
    const asked: string[] = [];
    const api = createClient<paths>({
      baseUrl: address,
      headers: { authorization: `Bearer ${token}` },
      fetch: (request) => {
        asked.push(new URL(request.url).pathname.replace('/api/v1', ''));
        return fetch(request);
      },
    });
    const picked = await screen.pick?.({ api, today });
    asked.length = 0;
    const began = performance.now();
    const rows = await screen.rows({ api, today, picked });
    const elapsed = Math.round(performance.now() - began);
    console.log(`\n${screen.name}: ${asked.length} requests, ${elapsed} ms`);
    console.table(rows.slice(0, SHOWN_ROWS));
    if (screen.lacks) console.log(`  not in these answers: ${screen.lacks}`);
    counted.push({
      screen: screen.name,
      requests: asked.length,
      ms: elapsed,
      asked: asked.join(' '),
    });
    if (asked.length > MOST_REQUESTS) tooMany.push(`${screen.name} (${asked.length})`);
  }
  console.log('\nRequests for each screen');
  console.table(counted);
  if (tooMany.length > 0)
    console.error(`more than ${MOST_REQUESTS} requests: ${tooMany.join(', ')}`);
  return tooMany.length === 0;
}
