import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { base, get, openBrowser, scan, scannable, signedIn, tokenOf } from './shop.mjs';

let browser;
let owner;
let goods;

before(async () => {
  browser = await openBrowser();
  owner = (await tokenOf('admin')).access_token;
  goods = await scannable(owner);
});

after(() => browser.close());

const pay = (page) => page.getByRole('button', { name: /^Encaisser/ });
const done = (page) => page.getByRole('button', { name: /^Nouvelle vente/ });
const sent = (page) => page.getByText('Vente enregistrée');
const lines = (page) => page.locator('[data-line]').count();

async function newest(number) {
  const { items } = await get('/sales?limit=20', owner);
  return items.filter((sale) => sale.external_number === number);
}

describe('the till', { concurrency: false }, () => {
  test('three scans and five key presses are a cash sale, whatever has the focus', async () => {
    const page = await signedIn(browser, 'cashier');
    for (const product of goods.slice(0, 3)) await scan(page, product.barcodes[0]);
    await page.waitForTimeout(200);
    assert.equal(await lines(page), 3);
    assert.equal(await page.getByRole('searchbox').inputValue(), '');
    for (const key of ['F9', '+', '+', 'Enter']) await page.keyboard.press(key);
    await done(page).waitFor();
    await sent(page).waitFor();
    assert.match(await page.evaluate(() => document.activeElement.textContent), /Nouvelle vente/);
    await page.keyboard.press('Enter');
    await page.getByRole('searchbox').waitFor();
    assert.equal(await lines(page), 0);
    await page.context().close();
  });

  test('an AZERTY keyboard with a QWERTY scanner reads the same code, and the search stays empty', async () => {
    const page = await signedIn(browser, 'cashier');
    await scan(page, goods[0].barcodes[0], 'azerty');
    await page.waitForTimeout(200);
    assert.equal(await lines(page), 1);
    assert.equal(await page.getByRole('searchbox').inputValue(), '');
    await page.context().close();
  });

  test('an answer that is lost is asked for again: one sale', async () => {
    const page = await signedIn(browser, 'cashier');
    let lost = 0;
    await page.route('**/api/v1/sales/batch', async (route) => {
      if (route.request().method() !== 'POST' || lost > 0) return route.continue();
      lost += 1;
      await route.fetch();
      return route.abort('connectionreset');
    });
    await scan(page, goods[1].barcodes[0]);
    const number = await page
      .getByText(/^C1-\d{6}$/)
      .first()
      .innerText();
    await pay(page).click();
    await page.keyboard.press('Enter');
    await done(page).waitFor();
    await page.getByText('Vente gardée ici').waitFor();
    await page.evaluate(() => window.dispatchEvent(new Event('online')));
    await sent(page).waitFor({ timeout: 20_000 });
    assert.equal(lost, 1);
    const sales = await newest(number);
    assert.equal(new Set(sales.map((sale) => sale.id)).size, sales.length);
    await page.context().close();
  });

  test('without a network the till opens after a reload, sells, and sends once it is back', async () => {
    const page = await signedIn(browser, 'cashier');
    const context = page.context();
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await page.reload();
    await page.getByRole('button', { name: 'Favoris', exact: true }).waitFor();
    await page.waitForTimeout(1500);
    await context.setOffline(true);
    await scan(page, goods[2].barcodes[0]);
    await page.reload();
    await page.getByRole('button', { name: 'Favoris', exact: true }).waitFor();
    assert.equal(await lines(page), 1, 'the open ticket is still there');
    await pay(page).click();
    await page.keyboard.press('Enter');
    await done(page).waitFor();
    await page.getByText('Vente gardée ici').waitFor();
    await page.getByRole('link', { name: /1 à envoyer/ }).waitFor();
    await context.setOffline(false);
    await sent(page).waitFor({ timeout: 30_000 });
    await context.close();
  });

  test('two tabs have two tickets, and send each sale once', async () => {
    const one = await signedIn(browser, 'cashier');
    const two = await one.context().newPage();
    await two.goto(`${base}/caisse`);
    await two.getByRole('button', { name: 'Favoris', exact: true }).waitFor();
    await two.waitForTimeout(500);
    await scan(one, goods[0].barcodes[0]);
    await scan(two, goods[1].barcodes[0]);
    await one.waitForTimeout(300);
    assert.deepEqual([await lines(one), await lines(two)], [1, 1]);
    const answers = [];
    for (const tab of [one, two]) {
      tab.on('response', (response) => {
        if (response.url().endsWith('/sales/batch')) answers.push(response.json());
      });
      await tab.bringToFront();
      await pay(tab).click();
      await tab.keyboard.press('Enter');
      await done(tab).waitFor();
      await sent(tab).waitFor({ timeout: 20_000 });
    }
    const results = (await Promise.all(answers)).flatMap((answer) => answer.results);
    // What was recorded before would be 200.
    assert.deepEqual(
      results.map(({ status }) => status),
      [201, 201],
    );
    assert.equal(new Set(results.map(({ sale }) => sale.id)).size, 2);
    await one.context().close();
  });

  test('a till that opens again reads only what has changed', async () => {
    const page = await signedIn(browser, 'cashier');
    await page.waitForTimeout(1500);
    const answers = [];
    page.on('response', (response) => {
      const { pathname, searchParams } = new URL(response.url());
      if (/\/(till|inventory|favourites)$/.test(pathname)) {
        answers.push(`${response.status()} ${pathname.split('/').at(-1)}`);
        if (pathname.endsWith('inventory')) assert.ok(searchParams.has('since'));
      }
      assert.ok(!/\/api\/v1\/products(\?|$)/.test(response.url()), response.url());
    });
    await page.reload();
    await page.getByRole('button', { name: 'Favoris', exact: true }).waitFor();
    await page.waitForTimeout(2500);
    assert.deepEqual([...new Set(answers)].sort(), ['200 inventory', '304 favourites', '304 till']);
    await page.context().close();
  });

  test('the number of the till is on the sale and beside its legal number', async () => {
    const page = await signedIn(browser, 'cashier');
    await scan(page, goods[0].barcodes[0]);
    const number = await page
      .getByText(/^C1-\d{6}$/)
      .first()
      .innerText();
    await pay(page).click();
    await page.keyboard.press('Enter');
    await sent(page).waitFor();
    const slip = await page.getByRole('region', { name: 'Reçu' }).innerText();
    const [sale] = await newest(number);
    assert.match(slip, new RegExp(`${String(sale.number).padStart(6, '0')}\\s+${number}`));
    const found = await get(`/sales?q=${number}`, owner);
    assert.ok(found.items.some(({ id }) => id === sale.id));
    await page.context().close();
  });

  test('a manager names the till, and its numbers begin with the name', async () => {
    const cashier = await signedIn(browser, 'cashier');
    const number = cashier.getByText(/^C1-\d{6}$/).first();
    await number.waitFor();
    assert.equal(await number.evaluate((node) => node.tagName), 'SPAN');
    await cashier.context().close();

    const page = await signedIn(browser, 'manager');
    await page.getByRole('button', { name: /^C1-\d{6}$/ }).click();
    const name = page.getByLabel('Nom', { exact: true });
    await name.fill('2C');
    await page.getByText('Une lettre d’abord').waitFor();
    await name.fill('c2');
    await page.getByText(/C2-\d{6}/).waitFor();
    await page.getByRole('button', { name: 'Enregistrer' }).click();
    await page.getByRole('button', { name: /^C2-\d{6}$/ }).waitFor();
    await page.reload();
    const named = page.getByRole('button', { name: /^C2-\d{6}$/ });
    await named.waitFor();
    const next = await named.innerText();
    await scan(page, goods[0].barcodes[0]);
    await pay(page).click();
    await page.keyboard.press('Enter');
    await sent(page).waitFor();
    assert.equal((await newest(next)).length, 1);
    await page.context().close();
  });

  test('a phone sells by touch', async () => {
    const page = await signedIn(browser, 'cashier', {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    });
    await page.getByRole('searchbox').fill(goods[0].name);
    await page.locator('ul[aria-label] button').first().tap();
    await pay(page).tap();
    await page.getByRole('button', { name: '20 000' }).tap();
    await page.getByRole('button', { name: /^Valider/ }).tap();
    await done(page).waitFor();
    await page.context().close();
  });

  test('a cashier meets no cost, on the screen or on the wire', async () => {
    const page = await signedIn(browser, 'cashier');
    const bodies = [];
    page.on('response', async (response) => {
      if (response.url().includes('/api/v1/')) bodies.push(await response.text().catch(() => ''));
    });
    await page.reload();
    await page.getByRole('button', { name: 'Favoris', exact: true }).waitFor();
    await page.waitForTimeout(1500);
    assert.ok(bodies.length > 0);
    for (const body of bodies) assert.doesNotMatch(body, /cost_minor|margin/);
    await page.context().close();
  });

  test('a receipt of 80 mm is one page', async () => {
    const page = await signedIn(browser, 'manager');
    const { items } = await get('/sales?limit=1', owner);
    await page.goto(`${base}/recu/${items[0].id}`);
    await page.getByText('TOTAL').waitFor();
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    assert.equal(pdf.match(/\/Type\s*\/Page\b/g)?.length, 1);
    // 80 mm in points.
    const width = Number(/\/MediaBox\s*\[\s*0 0 ([\d.]+)/.exec(pdf)?.[1]);
    assert.ok(Math.abs(width - 226.8) < 1, `${width} points`);
    await page.context().close();
  });
});
