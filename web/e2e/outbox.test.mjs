// 200 sales that were made without a network, and a server that is killed while they arrive. It has a
// program of its own, so that nobody else is disturbed: E2E_PROGRAM, which `npm run journeys` gives.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openBrowser } from './shop.mjs';

const program = process.env['E2E_PROGRAM'];
const MADE = 200;

/** A port that nobody uses: the program comes back on the same one. */
function freePort() {
  return new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });
}

async function untilUp(base) {
  for (let tries = 0; tries < 300; tries += 1) {
    const up = await fetch(`${base}/health/live`).catch(() => undefined);
    if (up?.ok) return;
    await new Promise((go) => setTimeout(go, 200));
  }
  throw new Error('the program does not come up');
}

test(
  '200 sales of an outbox, the server killed twice meanwhile: once each',
  { skip: !program },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'salesflow-outbox-'));
    const port = await freePort();
    const base = `http://127.0.0.1:${port}`;
    const env = {
      ...Object.fromEntries(
        Object.entries(process.env).filter(([name]) => !name.startsWith('SALESFLOW')),
      ),
      SALESFLOW__SERVER__BIND: `127.0.0.1:${port}`,
      SALESFLOW__METRICS__BIND: '',
    };
    const filled = spawnSync(program, ['demo', '--days', '14'], {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    assert.equal(filled.status, 0, filled.stderr);
    const serve = () => spawn(program, ['serve'], { cwd: folder, env, stdio: 'ignore' });
    let server = serve();
    const browser = await openBrowser();
    try {
      await untilUp(base);
      const [, email, password] = readFileSync(join(folder, 'data/demo-login.txt'), 'utf8')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .find(([role]) => role === 'cashier');
      const page = await (await browser.newContext({ locale: 'fr-FR' })).newPage();
      await page.goto(`${base}/connexion?suite=/caisse`);
      await page.getByLabel('Adresse e-mail').fill(email);
      await page.getByLabel('Mot de passe', { exact: true }).fill(password);
      await page.getByRole('button', { name: 'Se connecter' }).click();
      await page.getByRole('button', { name: 'Favoris', exact: true }).waitFor();
      await page.waitForFunction(
        () => document.querySelectorAll('ul[aria-label] button').length > 5,
      );
      await page.waitForFunction(hasStock);
      await page.context().setOffline(true);
      const ids = await page.evaluate(writeDown, MADE);

      const kill = () => {
        const gone = new Promise((end) => server.once('exit', end));
        server.kill('SIGKILL');
        return gone;
      };
      let kills = 0;
      page.on('request', (request) => {
        if (!request.url().endsWith('/sales/batch') || kills === 2) return;
        kills += 1;
        // In the middle of its work: after the request has come, and before its answer has left.
        setTimeout(() => {
          void kill().then(() => {
            server = serve();
          });
        }, 40 * kills);
      });
      await page.context().setOffline(false);
      const look = () => page.evaluate(states);
      let kept = await look();
      for (let tries = 0; tries < 180 && (kept.synced ?? 0) < MADE; tries += 1) {
        await page.waitForTimeout(1000);
        if (tries % 5 === 4) await page.evaluate(() => window.dispatchEvent(new Event('online')));
        kept = await look();
      }
      assert.deepEqual(kept, { synced: MADE });
      assert.equal(kills, 2);

      await untilUp(base);
      const signed = await fetch(`${base}/api/v1/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, password }),
      });
      const { access_token: token } = await signed.json();
      const found = [];
      for (let cursor = ''; cursor !== null;) {
        const answer = await fetch(
          `${base}/api/v1/sales?limit=200${cursor && `&cursor=${cursor}`}`,
          { headers: { authorization: `Bearer ${token}` } },
        );
        const page = await answer.json();
        found.push(...page.items.filter((sale) => sale.external_number?.startsWith('K9-')));
        cursor = page.next_cursor;
      }
      assert.equal(found.length, MADE);
      assert.deepEqual(found.map(({ id }) => id).sort(), [...ids].sort());
      // The legal numbers follow the order in which the sales were made.
      const numbers = found
        .sort((a, b) => a.external_number.localeCompare(b.external_number))
        .map(({ number }) => number);
      assert.deepEqual(
        numbers,
        [...numbers].sort((a, b) => a - b),
      );
    } finally {
      await browser.close();
      server.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

/** In the page: sales as the till writes them down, of products of which there is plenty. */
function writeDown(count) {
  return new Promise((done, fail) => {
    const { user } = JSON.parse(localStorage.getItem('salesflow.session'));
    indexedDB.open('salesflow-till').onsuccess = ({ target: { result: db } }) => {
      const tx = db.transaction(['outbox', 'things'], 'readwrite');
      tx.onerror = () => fail(tx.error);
      tx.objectStore('things').get('stock').onsuccess = ({ target: { result: stock } }) => {
        const plenty = Object.entries(stock.levels)
          .filter(([, [onHand]]) => onHand >= 20)
          .map(([id]) => id);
        const ids = Array.from({ length: count }, () => crypto.randomUUID());
        ids.forEach((id, at) => {
          tx.objectStore('outbox').add({
            id,
            seq: 1000 + at,
            number: `K9-${String(at).padStart(6, '0')}`,
            state: 'queued',
            request: {
              id,
              lines: [{ product_id: plenty[at % plenty.length], quantity: 1 }],
              external_number: `K9-${String(at).padStart(6, '0')}`,
            },
            cashier: { id: user.id, name: user.name },
            madeAt: Date.now(),
            attempts: 0,
            receipt: { currency: 'CDF', lines: [], payments: [], change: [], totalMinor: 0 },
          });
        });
        tx.oncomplete = () => {
          db.close();
          done(ids);
        };
      };
    };
  });
}

/** In the page: whether the till has read what lies on its shelves. */
function hasStock() {
  return new Promise((done) => {
    indexedDB.open('salesflow-till').onsuccess = ({ target: { result: db } }) => {
      db.transaction('things').objectStore('things').get('stock').onsuccess = ({ target }) => {
        db.close();
        done(target.result !== undefined);
      };
    };
  });
}

/** In the page: how many sales of the outbox are in which state, and why those are that are refused. */
function states() {
  return new Promise((done) => {
    indexedDB.open('salesflow-till').onsuccess = ({ target: { result: db } }) => {
      db.transaction('outbox').objectStore('outbox').getAll().onsuccess = ({ target }) => {
        db.close();
        const counts = {};
        for (const { state, refusal } of target.result) {
          const name = refusal ? `${state} ${refusal.code}` : state;
          counts[name] = (counts[name] ?? 0) + 1;
        }
        done(counts);
      };
    };
  });
}
