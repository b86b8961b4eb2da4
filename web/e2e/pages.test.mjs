// Every page: what it weighs on the wire, and what axe finds on it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { counted, quiet } from './quiet.mjs';
import { base, get, openBrowser, signedIn, tokenOf } from './shop.mjs';

const TILL_BYTES = 250_000;
const PAGE_BYTES = 60_000;
const WIDTHS = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
];
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8');

let browser;
let paths;

before(async () => {
  browser = await openBrowser();
  const owner = (await tokenOf('admin')).access_token;
  const [product] = (await get('/products?limit=1', owner)).items;
  const [sale] = (await get('/sales?limit=1', owner)).items;
  paths = [
    '/tableau',
    '/ventes',
    '/ventes/remboursements',
    '/produits',
    '/produits/nouveau',
    '/produits/categories',
    `/produits/etiquettes?articles=${product.id}`,
    `/produits/${product.id}`,
    `/produits/${product.id}/modifier`,
    '/inventaire',
    '/inventaire/mouvements',
    '/inventaire/bons',
    '/inventaire/recevoir',
    '/inventaire/corriger',
    '/inventaire/transferer',
    '/inventaire/compter',
    '/commandes',
    '/previsions',
    '/previsions?niveau=shop',
    '/anomalies',
    '/import',
    '/rapports',
    '/travaux',
    '/utilisateurs',
    '/utilisateurs/journal',
    '/parametres',
    '/parametres/ticket',
    '/parametres/paiement',
    '/parametres/lieux',
    '/profil',
    `/recu/${sale.id}`,
    '/nulle-part',
  ];
});

after(() => browser.close());

/** Counts the files that come over the wire, as they are compressed and without the heads of HTTP. */
async function weigh(page) {
  const client = await page.context().newCDPSession(page);
  await client.send('Network.enable');
  const names = new Map();
  const sizes = new Map();
  client.on('Network.responseReceived', ({ requestId, response }) => {
    names.set(requestId, new URL(response.url).pathname);
  });
  client.on('Network.dataReceived', ({ requestId, encodedDataLength }) => {
    const name = names.get(requestId);
    if (name && !/^\/(api|health)\//.test(name))
      sizes.set(name, (sizes.get(name) ?? 0) + encodedDataLength);
  });
  return {
    /** As on a device that has never been here. */
    forget: () => client.send('Network.clearBrowserCache'),
    take() {
      const taken = [...sizes];
      sizes.clear();
      return taken;
    },
  };
}

const sum = (sizes) => sizes.reduce((all, [, size]) => all + size, 0);
const isChart = ([name]) => /\/(DayChart|scale|Band|SmallBars|ChartFigures)-/.test(name);

async function settled(page) {
  await page.getByRole('heading', { level: 1 }).waitFor({ state: 'attached' });
  await quiet(page);
}

describe('every page', { concurrency: false }, () => {
  test('bytes: 250 KB to a usable till, 60 KB for any other page, charts apart', async (t) => {
    const context = await browser.newContext({ locale: 'fr-FR', serviceWorkers: 'block' });
    const page = counted(await context.newPage());
    const scale = await weigh(page);
    const session = await tokenOf('admin');
    await page.addInitScript(({ refresh_token: refresh, user }) => {
      if (!localStorage.getItem('salesflow.session'))
        localStorage.setItem('salesflow.session', JSON.stringify({ refresh, user }));
    }, session);
    await page.goto(`${base}/caisse`);
    await page.getByRole('button', { name: 'Favoris', exact: true }).waitFor();
    await settled(page);
    const till = scale.take();
    t.diagnostic(`till: ${sum(till)} bytes in ${till.length} files`);
    const tooMuch = sum(till) > TILL_BYTES ? [`/caisse ${sum(till)}`] : [];
    for (const path of paths) {
      await scale.forget();
      await page.goto(`${base}/caisse`);
      await settled(page);
      scale.take();
      await page.goto(base + path);
      await settled(page);
      const brought = scale.take().filter((one) => !isChart(one));
      t.diagnostic(`${path}: ${sum(brought)}`);
      if (sum(brought) > PAGE_BYTES) tooMuch.push(`${path} ${sum(brought)}`);
    }
    assert.deepEqual(tooMuch, []);
    await context.close();
  });

  for (const language of ['fr', 'en']) {
    test(`axe finds nothing, in both themes and two widths (${language})`, async () => {
      const page = await signedIn(browser, 'admin');
      await page.evaluate((word) => localStorage.setItem('salesflow.language', word), language);
      const found = [];
      for (const path of ['/caisse', ...paths]) {
        await page.setViewportSize(WIDTHS[0]);
        await page.goto(base + path);
        await settled(page);
        await page.evaluate(axe);
        for (const size of WIDTHS) {
          await page.setViewportSize(size);
          for (const colorScheme of ['light', 'dark']) {
            await page.emulateMedia({ colorScheme });
            await page.waitForTimeout(150);
            const violations = await page.evaluate(() =>
              window.axe
                .run(document, { resultTypes: ['violations'] })
                .then((result) =>
                  result.violations.map(({ id, nodes }) => `${id} ${nodes[0].html}`),
                ),
            );
            for (const words of violations)
              found.push(`${path} ${size.width} ${colorScheme}: ${words.slice(0, 200)}`);
          }
        }
      }
      assert.deepEqual(found, []);
      await page.context().close();
    });
  }
});
