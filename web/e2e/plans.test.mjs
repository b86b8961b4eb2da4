// What the owner plans with: scheduled reports, another quantity of an order, how good forecasts were, with
// what a period is compared.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { base, eventually, get, openBrowser, signedIn, tokenOf } from './shop.mjs';

let browser;
let manager;

before(async () => {
  browser = await openBrowser();
  manager = (await tokenOf('manager')).access_token;
});

after(() => browser.close());

const PATIENCE = { timeout: 60_000 };
const plain = (text) => text.replace(/\s/g, ' ');
const francs = (minor) =>
  plain(new Intl.NumberFormat('fr-FR').format(Math.round(Math.abs(minor) / 100)));
const percent = (share) => `${Math.round(share * 100)} %`;

describe('plans', { concurrency: false }, () => {
  test('a report is scheduled into the folder, runs, is paused, deleted, and taken back', async () => {
    const page = await signedIn(browser, 'manager');
    await page.goto(`${base}/rapports?r=daily_close`);
    await page.getByText('Aucun rapport programmé.').waitFor(PATIENCE);
    await page.getByRole('button', { name: 'Programmer' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Heure').fill('06:45');
    await form.getByText('Le serveur ne peut pas envoyer de courriel.').waitFor();
    assert.equal(await form.getByLabel('Envoyer par courriel à').count(), 0);
    await form.getByRole('button', { name: 'Programmer' }).click();
    await page.getByText('Le rapport est programmé.').waitFor();
    const row = page
      .getByRole('list', { name: 'Rapports programmés' })
      .getByRole('listitem')
      .filter({ hasText: 'Caisse du jour, chaque jour à 06:45' });
    await row.getByText('pas encore fait').waitFor();
    const [made] = (await get('/schedules', manager)).items;
    assert.deepEqual([made.cron, made.period, made.to_folder], ['45 6 * * *', 'yesterday', true]);

    await row.getByRole('button', { name: 'Lancer' }).click();
    await row.getByText(/fait le/).waitFor(PATIENCE);
    const [ran] = (await get('/schedules', manager)).items;
    assert.equal(ran.last_run.state, 'done');
    assert.match(ran.last_run.result.stored_as, /\.pdf$/);

    await row.getByRole('button', { name: 'Suspendre' }).click();
    await row.getByText('Suspendu').waitFor();
    await row.getByRole('button', { name: 'Supprimer' }).click();
    await page.getByText('Aucun rapport programmé.').waitFor();
    await page.getByRole('button', { name: 'Annuler' }).click();
    await row.getByText('Suspendu').waitFor();
    const [again] = (await get('/schedules', manager)).items;
    assert.deepEqual([again.cron, again.paused], ['45 6 * * *', true]);
    await row.getByRole('button', { name: 'Supprimer' }).click();
    const count = async () => (await get('/schedules', manager)).items.length;
    assert.equal(await eventually(count, 0), 0);
    await page.context().close();
  });

  test('an accountant has no scheduled reports to change', async () => {
    const context = await browser.newContext({ locale: 'fr-FR' });
    const session = await tokenOf('viewer');
    await context.addInitScript(({ refresh_token: refresh, user }) => {
      localStorage.setItem('salesflow.session', JSON.stringify({ refresh, user }));
    }, session);
    const page = await context.newPage();
    const asked = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(`${base}/rapports`);
    await page.getByText('Votre rôle lit les rapports.').waitFor();
    await page.getByRole('heading', { name: 'Rapports demandés' }).waitFor();
    assert.equal(await page.getByRole('heading', { name: 'Rapports programmés' }).count(), 0);
    assert.ok(!asked.includes('/api/v1/schedules'));
    await context.close();
  });

  test('another quantity says what it risks, as the server says it', async () => {
    const page = await signedIn(browser, 'manager');
    await page.goto(`${base}/commandes`);
    const { lines } = await get('/analytics/low-stock/order', manager);
    const line = lines.find((one) => one.need !== null && one.suggested_quantity > 4);
    const few = Math.floor(line.suggested_quantity / 4);
    const risk = await get(`/analytics/low-stock/${line.product_id}?quantity=${few}`, manager);
    const field = page.getByLabel(`Quantité à commander de ${line.name}`);
    await field.waitFor(PATIENCE);
    assert.equal(await page.getByText('au lieu de').count(), 0, 'as proposed there is none');
    await field.fill(String(few));
    await field.press('Tab');
    const said = page.getByRole('status').filter({ hasText: 'au lieu de' });
    await said.getByText(/de risque de manquer/).waitFor(PATIENCE);
    const words = plain(await said.innerText());
    const probability = risk.stock_out_probability;
    assert.ok(probability > 0.01, `a quarter of the order of ${line.name} is enough`);
    assert.ok(words.includes(percent(Math.min(0.99, probability))), `${probability}: ${words}`);
    assert.ok(words.includes(francs(risk.sales_at_risk_minor)), words);
    await page.context().close();
  });

  test('without a network another quantity says so, and asks again', async () => {
    const page = await signedIn(browser, 'manager');
    await page.goto(`${base}/commandes`);
    const field = page.getByLabel(/^Quantité à commander de/).first();
    await field.waitFor(PATIENCE);
    await page.route('**/analytics/low-stock/*?quantity=*', (route) => route.abort('failed'));
    await field.fill('1');
    await field.press('Tab');
    const said = page.getByRole('status').filter({ hasText: 'au lieu de' });
    await said.getByText('Le serveur ne répond pas.').waitFor(PATIENCE);
    await page.unroute('**/analytics/low-stock/*?quantity=*');
    await said.getByRole('button', { name: 'Réessayer' }).click();
    await said.getByText(/risque de manquer|pas de prévision/).waitFor(PATIENCE);
    await page.context().close();
  });

  test('how good the forecasts were is said in money, or that nobody knows it yet', async () => {
    const page = await signedIn(browser, 'manager');
    const { money, totals } = await get('/analytics/accuracy?limit=1', manager);
    await page.goto(`${base}/previsions?niveau=shop`);
    const part = page
      .getByRole('heading', { name: /Peut-on s’y fier/ })
      .locator('xpath=ancestor::section');
    if (money) {
      await part.getByText('Par article et par jour, en argent').waitFor(PATIENCE);
      assert.ok(plain(await part.innerText()).includes(percent(money.wape)));
    } else await part.getByText('On ne le sait pas encore.').waitFor(PATIENCE);
    const heads = await part.getByText('Totaux de 28 jours').count();
    assert.equal(heads, totals ? 1 : 0);
    await page.context().close();
  });

  test('a period is compared with the days just before it, or with those of a year before', async () => {
    const page = await signedIn(browser, 'manager', { viewport: { width: 1280, height: 800 } });
    const [from, to] = [`${lastMonth()}-02`, `${lastMonth()}-04`];
    await page.goto(`${base}/tableau?du=${from}&au=${to}`);
    await page.getByRole('row', { name: /^3 jours d’avant/ }).waitFor(PATIENCE);
    for (const [compare, head] of [
      ['previous', /^3 jours juste avant/],
      ['last_year', /^3 jours, un an avant/],
    ]) {
      const { previous } = await get(
        `/analytics/summary?from=${from}&to=${to}&compare=${compare}`,
        manager,
      );
      await page.getByLabel('Comparer à').selectOption(compare);
      const row = page.getByRole('row', { name: head });
      await row.getByText(/\d/).first().waitFor(PATIENCE);
      await row.getByRole('link').first().waitFor(PATIENCE);
      const words = plain(await row.innerText());
      assert.ok(words.includes(francs(previous.revenue_with_tax_minor)), `${compare}: ${words}`);
    }
    assert.equal(new URL(page.url()).searchParams.get('avec'), 'an');
    await page.reload();
    await page.getByRole('row', { name: /un an avant/ }).waitFor(PATIENCE);
    await page.context().close();
  });
});

/** The month before the present one: it is over, whatever the day is. */
function lastMonth() {
  const date = new Date();
  date.setUTCDate(0);
  return date.toISOString().slice(0, 7);
}
