import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { base, get, openBrowser, signedIn, tokenOf } from './shop.mjs';

let browser;
let manager;
const mark = Date.now().toString(36).toUpperCase();

before(async () => {
  browser = await openBrowser();
  manager = (await tokenOf('manager')).access_token;
});

after(() => browser.close());

const product = async (sku) =>
  (await get(`/products?q=${encodeURIComponent(sku)}`, manager)).items.find(
    (one) => one.sku === sku,
  );

async function send(page, name, text) {
  await page.goto(`${base}/import`);
  await page.getByRole('heading', { name: 'Import', exact: true }).waitFor();
  await page
    .locator('input[type=file]')
    .setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
}

describe('imports', { concurrency: false }, () => {
  test('a price list with a mistake: asked about its stock, mended in place, written, undone', async () => {
    const page = await signedIn(browser, 'manager');
    const rice = await product('RIZ-KG');
    const price = rice.price_minor / 100 + 100;
    await send(
      page,
      'prix.csv',
      [
        'Code;Désignation;Famille;PV;PA;Qté',
        `RIZ-KG;${rice.name};;${price};;`,
        `NEUF-${mark};Savon noir 200 g;Savons;1500;1060;30`,
        `FAUX-${mark};Lait de croissance 400 g;Lait;14O 600;12000;6`,
      ].join('\n'),
    );

    // Stock is never guessed.
    await page.waitForURL(/\/import\/[0-9a-f-]+/);
    await page.getByText('Que dit la colonne « Qté » ?').waitFor();
    const check = page.getByRole('button', { name: 'Vérifier les lignes' });
    assert.ok(await check.isDisabled());
    await page.getByText('Ce qui est en rayon').click();
    await check.click();

    // The errors come first, in their cell; mended in place.
    await page.waitForURL(/\/verification/);
    await page
      .getByText(/14O.600/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: /Corriger la ligne/ }).click();
    await page.getByRole('textbox', { name: 'Prix de vente' }).fill('14600');
    await page.keyboard.press('Enter');
    await page.getByText('est relue').waitFor();
    await page.getByRole('link', { name: /^Tout/ }).click();
    await page.getByText(`NEUF-${mark}`).waitFor();
    assert.ok(
      (await page
        .getByRole('row', { name: /RIZ-KG/ })
        .locator('s')
        .count()) > 0,
    );
    assert.equal(await product(`NEUF-${mark}`), undefined, 'nothing is written before the commit');

    for (const box of await page.getByRole('checkbox').all()) await box.check();
    await page.getByRole('button', { name: /^Valider 3 lignes/ }).click();
    await page.waitForURL(/\/validation/);
    await page.getByRole('heading', { name: 'Ce qui a été écrit' }).waitFor();
    assert.equal((await product('RIZ-KG')).price_minor, price * 100);
    assert.equal((await product(`FAUX-${mark}`)).price_minor, 1_460_000);

    await page.getByRole('button', { name: 'Annuler tout l’import' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Annuler tout l’import' }).click();
    await page.getByRole('heading', { name: 'Import annulé' }).waitFor();
    assert.equal((await product('RIZ-KG')).price_minor, rice.price_minor);
    assert.equal(await product(`NEUF-${mark}`), undefined, 'what it made is archived');
    await page.context().close();
  });

  test('an import goes on where it was left, and a lost answer never writes twice', async () => {
    const page = await signedIn(browser, 'manager');
    await send(page, 'suite.csv', `Code;Nom;Prix\nDEUX-${mark};Bougie;700\n`);
    await page.waitForURL(/\/import\/[0-9a-f-]+/);
    await page.getByText(`DEUX-${mark}`).waitFor();
    const id = page.url().match(/import\/([0-9a-f-]+)/)[1];

    await page.goto(`${base}/import`);
    await page.getByRole('link', { name: 'suite.csv' }).first().click();
    await page.getByText(`DEUX-${mark}`).waitFor();

    const keys = [];
    await page.route('**/commit', async (route) => {
      keys.push(route.request().headers()['idempotency-key']);
      const answer = await route.fetch();
      if (keys.length === 1) return route.abort('connectionreset');
      return route.fulfill({ response: answer });
    });
    for (const box of await page.getByRole('checkbox').all()) await box.check();
    const commit = page.getByRole('button', { name: /^Valider 1 ligne/ });
    await commit.click();
    await page.getByText('On ne sait pas si c’est écrit').waitFor();
    await commit.click();
    await page.getByRole('heading', { name: 'Ce qui a été écrit' }).waitFor();
    assert.equal(keys.length, 2);
    assert.equal(keys[0], keys[1]);
    assert.equal((await get(`/imports/${id}`, manager)).state, 'committed');
    await page.context().close();
  });

  test('a cashier has no import: not in the rail, and the address says why', async () => {
    const page = await signedIn(browser, 'cashier');
    await page.goto(`${base}/import`);
    await page.getByText('Cette page est réservée.').waitFor();
    assert.equal(await page.getByRole('link', { name: 'Import', exact: true }).count(), 0);
    await page.context().close();
  });
});
