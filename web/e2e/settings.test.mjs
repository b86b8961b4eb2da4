import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { base, get, openBrowser, signedIn, tokenOf } from './shop.mjs';

let browser;
let owner;

before(async () => {
  browser = await openBrowser();
  owner = (await tokenOf('admin')).access_token;
});

after(() => browser.close());

describe('users, settings and the log', { concurrency: false }, () => {
  test('a new cashier signs in, is suspended, and the log says both', async () => {
    const page = await signedIn(browser, 'admin');
    const email = `neuf-${Date.now()}@demo.example.com`;
    await page.goto(`${base}/utilisateurs`);
    await page.getByRole('button', { name: 'Nouvel utilisateur' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Nom').fill('Aline Neuve');
    await dialog.getByLabel('Adresse e-mail').fill(email);
    await dialog.getByRole('button', { name: 'Proposer' }).click();
    const password = await dialog.getByLabel('Premier mot de passe').inputValue();
    assert.match(password, /^\w{4}-\w{4}-\w{4}$/);
    await dialog.getByRole('button', { name: 'Créer l’accès' }).click();
    await dialog.waitFor({ state: 'detached' });

    const other = await (await browser.newContext({ locale: 'fr-FR' })).newPage();
    const signIn = async () => {
      await other.goto(`${base}/connexion?suite=/caisse`);
      await other.getByLabel('Adresse e-mail').fill(email);
      await other.getByLabel('Mot de passe', { exact: true }).fill(password);
      await other.getByRole('button', { name: 'Se connecter' }).click();
    };
    await signIn();
    await other.getByRole('button', { name: 'Favoris', exact: true }).waitFor();
    await other.goto(`${base}/utilisateurs`);
    await other.getByText('Cette page est réservée.').waitFor();

    await page.getByRole('button', { name: 'Suspendre l’accès' }).click();
    await page.getByText('L’accès de Aline Neuve est suspendu.').waitFor();
    await other.context().clearCookies();
    await other.evaluate(() => localStorage.clear());
    await signIn();
    await other.getByRole('alert').first().waitFor();
    await other.context().close();

    await page.goto(`${base}/utilisateurs/journal?quoi=user`);
    await page.getByText('a créé l’accès de Aline Neuve (Caisse)').first().waitFor();
    await page.getByText('a changé l’accès de Aline Neuve').first().waitFor();
    await page.context().close();
  });

  test('a refused change of a role goes back: a shop keeps an owner', async () => {
    const page = await signedIn(browser, 'admin');
    await page.goto(`${base}/utilisateurs`);
    const role = page
      .getByRole('table', { name: 'Utilisateurs et rôles' })
      .getByLabel('Rôle de Furaha Mapendo');
    await role.selectOption('cashier');
    await page
      .getByText(/propriétaire/i)
      .last()
      .waitFor();
    await page.waitForFunction((element) => element.value === 'admin', await role.elementHandle());
    await page.context().close();
  });

  test('a rate with a zero too many is asked about, set, and withdrawn with a reason', async () => {
    const page = await signedIn(browser, 'admin');
    await page.goto(`${base}/parametres`);
    const { items: all } = await get('/rates?currency=USD&limit=50', owner);
    const before = all.find((rate) => !rate.withdrawn_at);
    const wrong = Math.round(before.rate_micros / 1e6) * 10;
    await page.getByLabel('Nouveau taux').fill(String(wrong));
    await page.getByRole('button', { name: 'Fixer le taux' }).click();
    await page.getByText(/Un zéro de trop/).waitFor();
    await page.getByLabel('Il est juste, le fixer quand même').check();
    await page.getByRole('button', { name: 'Fixer le taux' }).click();
    await page.getByText(/Le taux est fixé/).waitFor();
    // The history is read again: its first line is the new rate.
    await page.waitForFunction(
      (figure) => document.querySelector('tbody b')?.textContent.replace(/\D/g, '') === figure,
      String(wrong),
    );
    await page
      .getByRole('button', { name: /^Retirer / })
      .first()
      .click();
    await page.getByLabel('Raison', { exact: true }).fill('un zéro de trop');
    await page.getByRole('dialog').getByRole('button', { name: 'Retirer' }).click();
    await page
      .getByText(/Retiré le .*un zéro de trop/)
      .first()
      .waitFor();
    const { items } = await get('/rates?currency=USD&limit=2', owner);
    assert.equal(items[0].rate_micros, wrong * 1e6);
    assert.equal(items[0].withdraw_reason, 'un zéro de trop');
    await page.context().close();
  });

  test('a setting is changed in place, and a wrong one is refused beside its field', async () => {
    const page = await signedIn(browser, 'admin');
    await page.goto(`${base}/parametres`);
    const { lead_time_days: days, version } = await get('/settings', owner);
    await page.getByRole('button', { name: 'Modifier : Délai de livraison' }).click();
    const field = page.getByLabel('Délai de livraison');
    await field.fill('999');
    await page.keyboard.press('Enter');
    await page.getByText(/nombre entier de 1 à 180/).waitFor();
    await field.fill(String(days + 1));
    await page.keyboard.press('Enter');
    await page.getByText('C’est enregistré.').waitFor();
    const now = await get('/settings', owner);
    assert.deepEqual([now.lead_time_days, now.version], [days + 1, version + 1]);
    await page.context().close();
  });

  test('a wallet is added, archived and taken back by the words of it', async () => {
    const page = await signedIn(browser, 'admin');
    const name = `Illico ${Date.now()}`;
    await page.goto(`${base}/parametres/paiement`);
    await page.getByRole('button', { name: 'Nouveau compte' }).click();
    await page.getByRole('dialog').getByLabel('Nom').fill(name);
    await page.getByRole('button', { name: 'Ajouter le compte' }).click();
    await page.getByRole('button', { name: `Archiver ${name}` }).click();
    await page.getByText(`${name} est archivé.`).waitFor();
    await page.getByRole('button', { name: 'Annuler' }).click();
    await page.getByRole('button', { name: `Archiver ${name}` }).waitFor();
    const { items } = await get('/payment-accounts', owner);
    assert.equal(items.find((account) => account.name === name)?.archived, false);
    await page.context().close();
  });

  test('the receipt shows what is typed before it is saved', async () => {
    const page = await signedIn(browser, 'admin');
    await page.goto(`${base}/parametres/ticket`);
    const words = `Ouvert le dimanche ${Date.now()}`;
    await page.getByLabel('Pied').fill(words);
    await page.getByText(words).last().waitFor();
    await page.getByText('pas encore enregistré').waitFor();
    await page.getByRole('button', { name: 'Enregistrer le ticket' }).click();
    await page.getByText('C’est enregistré.').waitFor();
    assert.equal((await get('/settings', owner)).receipt_footer, words);
    await page.context().close();
  });
});
