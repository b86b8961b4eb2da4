import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { base, eventually, openBrowser, scannable, signedIn, tokenOf } from './shop.mjs';

let browser;
let cashier;
let product;

before(async () => {
  browser = await openBrowser();
  cashier = (await tokenOf('cashier')).access_token;
  [product] = await scannable((await tokenOf('admin')).access_token);
});

after(() => browser.close());

const isStream = (url) => new URL(url).pathname === '/api/v1/events';

/** A sale of somebody at another till. */
async function sell(more = {}, token = cashier) {
  const answer = await fetch(`${base}/api/v1/sales`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
    },
    body: JSON.stringify({
      lines: [{ product_id: product.id, quantity: 1 }],
      payments: [{ method: 'cash', currency: 'CDF', amount_minor: product.price_minor }],
      ...more,
    }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

async function atSales(page) {
  await page.goto(`${base}/ventes`);
  await page
    .getByRole('button', { name: /^\d[\d\s]*$/ })
    .first()
    .waitFor({ timeout: 60_000 });
}

/** The row of a sale in the list. */
function ticket(page, { number }) {
  const shown = new Intl.NumberFormat('fr-FR').format(number).replace(/\s/g, '\\s');
  return page.getByRole('button', { name: new RegExp(`^${shown}$`) });
}

describe('what happens elsewhere', { concurrency: false }, () => {
  test('a sale of another till comes into the open list by itself, in each tab, over one stream', async (t) => {
    const page = await signedIn(browser, 'manager');
    const context = page.context();
    const streams = new Set();
    const ended = new Set();
    context.on('request', (request) => isStream(request.url()) && streams.add(request));
    for (const end of ['requestended', 'requestfinished']) {
      context.on(end, (request) => ended.add(request));
    }
    const open = () => [...streams].filter((request) => !ended.has(request)).length;
    const answered = page.waitForResponse((answer) => isStream(answer.url()) && answer.ok());
    await atSales(page);
    await answered;
    const second = await context.newPage();
    await atSales(second);
    assert.equal(await eventually(open, 1), 1);

    const first = await sell();
    const began = Date.now();
    await Promise.all([page, second].map((tab) => ticket(tab, first).waitFor()));
    t.diagnostic(`both lists show the sale after ${Date.now() - began} ms`);
    assert.equal(open(), 1);

    // The tab that reads is gone: the other goes on.
    const next = second.waitForResponse((answer) => isStream(answer.url()) && answer.ok());
    await page.close();
    await next;
    const last = await sell();
    await ticket(second, last).waitFor();
    await context.close();
  });

  test('a till whose numbers another has used says so, and is quiet under a name of its own', async () => {
    const manager = (await tokenOf('manager')).access_token;
    await sell({ external_number: 'C1-000001' }, manager);
    const page = await signedIn(browser, 'manager');
    await page.getByText('Une autre caisse s’appelle C1').waitFor();
    await page.getByRole('button', { name: 'Donner un autre nom à cette caisse' }).click();
    await page.getByRole('textbox', { name: 'Nom' }).fill('Z9');
    await page.getByRole('textbox', { name: 'Nom' }).press('Enter');
    await page.getByRole('button', { name: 'Z9-000001' }).waitFor();
    assert.equal(await page.getByText('Une autre caisse s’appelle').count(), 0);
    await page.context().close();
  });
});
