// What the journeys share: a browser, a signed-in till, a scanner.
//   E2E_APP    where the app is served (default http://127.0.0.1:8080)
//   E2E_LOGIN  the logins of the demo shop (default ../data/demo-login.txt)
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { counted } from './quiet.mjs';

export const base = process.env['E2E_APP'] ?? 'http://127.0.0.1:8080';
const file = process.env['E2E_LOGIN'] ?? new URL('../../data/demo-login.txt', import.meta.url);

const logins = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/))
  .map(([role, email, password]) => ({ role, email, password }));

export function openBrowser() {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  });
}

/** An access token for looking at what the server has. */
export async function tokenOf(role) {
  const { email, password } = logins.find((login) => login.role === role);
  const answer = await fetch(`${base}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

export async function get(path, token) {
  const answer = await fetch(`${base}/api/v1${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  return answer.json();
}

/** What the server says, once it is this, or after 30 seconds whatever it is then. */
export async function eventually(read, expected) {
  for (const until = Date.now() + 30_000; ; await new Promise((go) => setTimeout(go, 200))) {
    const value = await read();
    if (value === expected || Date.now() > until) return value;
  }
}

/** A page of somebody who has signed in through the form. */
export async function signedIn(browser, role, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'fr-FR',
    ...options,
  });
  const page = counted(await context.newPage());
  const { email, password } = logins.find((login) => login.role === role);
  await page.goto(`${base}/connexion?suite=/caisse`);
  await page.getByLabel('Adresse e-mail').fill(email);
  await page.getByLabel('Mot de passe', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Se connecter' }).click();
  await page.getByRole('button', { name: 'Favoris', exact: true }).waitFor();
  return page;
}

const AZERTY = 'à&é"\'(-è_ç';

/** What a QWERTY scanner types on a QWERTY or an AZERTY keyboard, at its own speed. */
export async function scan(page, code, layout = 'qwerty') {
  const session = await page.context().newCDPSession(page);
  const now = Date.now() / 1000;
  const keys = [...code].map((digit) => ({
    code: `Digit${digit}`,
    key: layout === 'azerty' ? AZERTY[Number(digit)] : digit,
    windowsVirtualKeyCode: 48 + Number(digit),
  }));
  let at = now;
  // Sent together, as a scanner does: waiting for each would make it as slow as a busy machine.
  const sent = [];
  for (const key of [...keys, { code: 'Enter', key: 'Enter', windowsVirtualKeyCode: 13 }]) {
    at += 0.008;
    const text = key.key === 'Enter' ? '\r' : key.key;
    for (const event of [{ type: 'keyDown', text }, { type: 'keyUp' }]) {
      sent.push(session.send('Input.dispatchKeyEvent', { ...event, timestamp: at, ...key }));
    }
  }
  await Promise.all(sent);
  await session.detach();
}

/** Products with a barcode and plenty in the default location. */
export async function scannable(token) {
  const [{ items: locations }, { items: levels }, { items: products }] = await Promise.all([
    get('/locations', token),
    get('/inventory?limit=200', token),
    get('/products?limit=200', token),
  ]);
  const own = locations.find((location) => location.is_default);
  return products.filter(
    (product) =>
      product.barcodes.length > 0 &&
      product.unit === 'piece' &&
      levels.some(
        (level) =>
          level.product_id === product.id && level.location_id === own.id && level.on_hand > 12,
      ),
  );
}
