// The pages that are photographed: a name, an address, who looks, and what is done before.

const add = async (page, name, times = 1) => {
  for (let i = 0; i < times; i += 1) {
    await page.getByRole('searchbox').fill(name);
    await page.getByRole('searchbox').press('Enter');
  }
};

const fill = async (page) => {
  await page.getByRole('searchbox').waitFor();
  await page.waitForTimeout(1200);
  await add(page, 'coca-cola 33');
  await add(page, '2*sucre');
  await add(page, 'savon de toilette');
  await add(page, '0,75*arachides');
  await add(page, '6*primus');
  await add(page, 'pain');
  await add(page, '2*sel');
  await page.waitForTimeout(600);
};

const pay = async (page, { phone }) => {
  await fill(page);
  await page
    .getByRole('button', { name: /Encaisser/ })
    .filter({ visible: true })
    .click();
  await page.waitForTimeout(200);
  if (phone) {
    await page.getByRole('button', { name: 'Espèces $' }).click();
    await page.getByRole('button', { name: '5 $', exact: true }).click();
    return;
  }
  await page.keyboard.press('m');
  await page.getByLabel('Référence').fill('9KD4R7TQ2');
  await page.locator('#pay-amount').fill('5000');
  await page.keyboard.press('Enter');
  await page.keyboard.press('d');
  await page.locator('#pay-amount').fill('20');
  await page.waitForTimeout(300);
};

const sold = async (page) => {
  await page.getByRole('searchbox').waitFor();
  await page.waitForTimeout(1200);
  await add(page, 'sucre blanc', 2);
  await page
    .getByRole('button', { name: /Encaisser/ })
    .filter({ visible: true })
    .click();
  await page.waitForTimeout(200);
  await page
    .getByRole('button', { name: '20 $', exact: true })
    .filter({ visible: true })
    .click()
    .catch(() => {});
  await page
    .getByRole('button', { name: /Valider/ })
    .filter({ visible: true })
    .click();
  await page.getByRole('button', { name: /Nouvelle vente/ }).waitFor();
  await page.waitForTimeout(500);
};

const offline = async (page, { context, phone }) => {
  await page.getByRole('searchbox').waitFor();
  await page.waitForTimeout(1500);
  await context.setOffline(true);
  for (const name of ['sucre', '2*sel', 'pain']) {
    await add(page, name);
    await page
      .getByRole('button', { name: /Encaisser/ })
      .filter({ visible: true })
      .click();
    await page.waitForTimeout(200);
    await page
      .getByRole('button', { name: /Valider/ })
      .filter({ visible: true })
      .click();
    await page.getByRole('button', { name: /Nouvelle vente/ }).click();
  }
  await add(page, 'coca');
  await page.locator('a[href="/caisse?envoi"]').click();
  await page.waitForTimeout(500);
  void phone;
};

/** The page itself, its data come: no grey cells any more. */
const ready = async (page) => {
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForFunction(() => !document.querySelector('main [role="status"] table'));
};

const firstProduct = async (page) => {
  await page.locator('main a[href^="/produits/0"]').first().click();
  await page.getByRole('heading', { name: /riz/i, level: 1 }).waitFor();
  await ready(page);
};

/** Three products in a document, by their names. */
const deliver = async (page) => {
  await page.getByRole('heading', { level: 1 }).waitFor();
  const search = page.getByRole('combobox', { name: /Scannez/ });
  for (const name of ['huile végétale 1 l', 'riz parfumé', 'primus']) {
    await search.fill(name);
    await page.locator('[role="listbox"] [role="option"]').first().waitFor();
    await page.waitForTimeout(400);
    await search.press('Enter');
  }
  await page.getByRole('button', { name: 'Un de plus' }).first().click();
};

const PRICES = [
  'Code;Désignation;Famille;Code barre;PV;PA;Qté;Modifié le',
  'RIZ-KG;Riz parfumé de Tanzanie au détail;Riz, farines et légumes secs;;3 600,00;2 899,00;60;03/11/2026',
  'HUI-1L;Huile végétale Golden Fry 1 l;Huiles et matières grasses;;8 300,00;6 702,00;59;14/11/2026',
  'HUI-20L;Huile végétale, bidon de 20 l;Huiles et matières grasses;;14O 600;124 250,00;2;14/11/2026',
  'LAI-3AG;Lait de croissance 400 g;Lait;;;22 300,00;6;14/11/2026',
  'SAR-POI;Sardines à la tomate 155 g;Conserves;;2 700,00;2 080,00;24;21/11/2026',
  'SAV-NOI;Savon noir 200 g;Savons;;1 500,00;1 060,00;30;21/11/2026',
  'COC-33;Coca-Cola 33 cl;Boissons;;17 000,00;1 100,00;171;21/11/2026',
].join('\n');

const upload = async (page) => {
  await page.locator('input[type=file]').setInputFiles({
    name: 'prix_novembre.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(PRICES),
  });
  await page.getByText('Que dit la colonne').waitFor();
};

const check = async (page) => {
  await upload(page);
  await page.getByText('Ce qui est en rayon').click();
  await page.getByRole('button', { name: 'Vérifier les lignes' }).click();
  await page
    .getByText(/14O.600/)
    .first()
    .waitFor();
  await page
    .getByRole('button', { name: /Corriger la ligne/ })
    .first()
    .click();
};

export const pages = [
  { name: 'login', path: '/connexion' },
  { name: 'setup', path: '/ouverture?code=x', full: true },
  { name: 'profile', path: '/profil', role: 'admin', full: true },
  { name: 'settings', path: '/parametres', role: 'admin', full: true },
  {
    name: 'settings-edit',
    path: '/parametres',
    role: 'admin',
    full: true,
    act: async (page) => {
      await page.getByRole('button', { name: 'Modifier : Délai de livraison' }).click();
      await page.keyboard.type('0');
      await page.keyboard.press('Enter');
      await page.getByPlaceholder('Nouveau taux').fill('28100');
      await page.keyboard.press('Enter');
      await page.getByText(/zéro de trop/).waitFor();
    },
  },
  {
    name: 'settings-withdraw',
    path: '/parametres',
    role: 'admin',
    act: async (page) => {
      await page
        .getByRole('button', { name: /^Retirer / })
        .first()
        .click();
      await page.getByRole('dialog').waitFor();
    },
  },
  { name: 'settings-euro', path: '/parametres?monnaie=EUR', role: 'admin' },
  { name: 'settings-receipt', path: '/parametres/ticket', role: 'admin', full: true },
  { name: 'settings-accounts', path: '/parametres/paiement', role: 'admin' },
  { name: 'users', path: '/utilisateurs', role: 'admin', full: true },
  {
    name: 'user',
    path: '/utilisateurs',
    role: 'admin',
    full: true,
    act: async (page, { phone }) => {
      if (phone) await page.getByText('Patient Muhindo').click();
      else await page.getByRole('button', { name: 'Ouvrir Patient Muhindo' }).click();
      await page.getByText(/dans la boutique depuis/).waitFor();
    },
  },
  {
    name: 'user-new',
    path: '/utilisateurs',
    role: 'admin',
    act: async (page) => {
      await page.getByRole('button', { name: 'Nouvel utilisateur' }).click();
      await page.getByRole('button', { name: 'Proposer' }).click();
    },
  },
  { name: 'users-forbidden', path: '/utilisateurs', role: 'manager' },
  { name: 'audit', path: '/utilisateurs/journal', role: 'admin' },
  { name: 'audit-none', path: '/utilisateurs/journal?quoi=clock', role: 'admin' },
  { name: 'gallery', path: '/galerie', role: 'admin', full: true },
  { name: 'till', path: '/caisse', role: 'manager', act: fill },
  {
    name: 'ticket',
    path: '/caisse',
    role: 'manager',
    widths: [390],
    act: async (page) => {
      await fill(page);
      await page.getByRole('button', { name: /Voir le ticket/ }).click();
    },
  },
  {
    name: 'palette',
    path: '/profil',
    role: 'manager',
    act: async (page) => {
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox').fill('sucre');
      await page.getByRole('option', { name: /Sucre/ }).first().waitFor();
    },
  },
  {
    name: 'keys',
    path: '/caisse',
    role: 'manager',
    widths: [1280],
    act: async (page) => {
      await page.getByRole('searchbox').waitFor();
      await page.getByRole('button', { name: 'Les touches' }).click();
    },
  },
  {
    name: 'account',
    path: '/profil',
    role: 'manager',
    act: async (page) => {
      await page.getByRole('button', { name: /Mon compte/ }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'discount',
    path: '/caisse',
    role: 'manager',
    act: async (page, { phone }) => {
      await fill(page);
      if (phone) await page.getByRole('button', { name: /Voir le ticket/ }).click();
      await page.getByRole('button', { name: /^Remise/ }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'held',
    path: '/caisse',
    role: 'manager',
    act: async (page) => {
      await fill(page);
      await page.keyboard.press('F8');
      await page.waitForTimeout(300);
      await page.keyboard.press('F8');
      await page.getByRole('dialog').waitFor();
    },
  },
  { name: 'pay', path: '/caisse', role: 'manager', act: pay },
  { name: 'done', path: '/caisse', role: 'manager', act: sold },
  { name: 'products', path: '/produits', role: 'manager', height: 936, act: ready },
  { name: 'products-low', path: '/produits?vue=bas', role: 'manager', widths: [390], act: ready },
  { name: 'products-none', path: '/produits?q=sardne', role: 'manager', act: ready },
  { name: 'products-cashier', path: '/produits', role: 'cashier', act: ready },
  {
    name: 'products-price',
    path: '/produits?q=huile',
    role: 'manager',
    widths: [1280],
    act: async (page) => {
      await page
        .getByRole('button', { name: /^Changer le prix/ })
        .nth(1)
        .click();
      await page.keyboard.type('8300');
      for (const at of [0, 1, 2])
        await page
          .getByRole('checkbox', { name: /^Choisir / })
          .nth(at + 1)
          .click();
      await page
        .getByRole('button', { name: /^Changer le prix/ })
        .nth(1)
        .click();
      await page.keyboard.type('8300');
    },
  },
  { name: 'product', path: '/produits?q=riz', role: 'admin', full: true, act: firstProduct },
  { name: 'product-new', path: '/produits/nouveau', role: 'manager', full: true, act: ready },
  { name: 'categories', path: '/produits/categories', role: 'manager', act: ready },
  {
    name: 'labels',
    path: '/produits?q=huile',
    role: 'manager',
    act: async (page, { phone }) => {
      // A page that is left while it renews its session loses it.
      await ready(page);
      if (phone) await page.goto(page.url().replace(/\/produits.*/, '/produits/etiquettes'));
      else {
        for (const at of [1, 2, 3])
          await page
            .getByRole('checkbox', { name: /^Choisir / })
            .nth(at)
            .click();
        await page
          .getByRole('region', { name: 'Articles choisis' })
          .getByRole('button', { name: 'Étiquettes' })
          .click();
      }
      await page.waitForTimeout(800);
    },
  },
  { name: 'sales', path: '/ventes', role: 'admin', act: ready },
  { name: 'sales-none', path: '/ventes?numero=99999999', role: 'manager', act: ready },
  {
    name: 'sale',
    path: '/ventes',
    role: 'admin',
    act: async (page, { phone }) => {
      await ready(page);
      const list = phone ? 'ul[aria-label="Ventes"] button' : 'table button[aria-haspopup]';
      await page.locator(list).nth(2).click();
      await page.getByRole('dialog').getByText('Total').first().waitFor();
    },
  },
  {
    name: 'sale-refund',
    path: '/ventes',
    role: 'manager',
    act: async (page, { phone }) => {
      await ready(page);
      const list = phone ? 'ul[aria-label="Ventes"] button' : 'table button[aria-haspopup]';
      await page.locator(list).nth(3).click();
      await page.getByRole('button', { name: 'Rembourser' }).click();
      await page.getByRole('button', { name: 'Un de plus' }).first().click();
    },
  },
  { name: 'refunds', path: '/ventes/remboursements', role: 'admin', act: ready },
  { name: 'levels', path: '/inventaire', role: 'manager', act: ready },
  { name: 'movements', path: '/inventaire/mouvements', role: 'admin', act: ready, wait: 1500 },
  { name: 'receive', path: '/inventaire/recevoir', role: 'manager', act: deliver },
  { name: 'adjust', path: '/inventaire/corriger', role: 'manager', act: deliver },
  { name: 'transfer', path: '/inventaire/transferer', role: 'manager', act: deliver },
  { name: 'count-begin', path: '/inventaire/compter', role: 'manager', act: ready },
  {
    name: 'counting',
    path: '/inventaire/compter',
    role: 'manager',
    act: async (page) => {
      await ready(page);
      await page.getByRole('button', { name: 'Commencer à compter' }).click();
      await ready(page);
      const search = page.getByRole('combobox');
      for (const [name, quantity] of [
        ['jus de mangue', '20'],
        ['fanta orange', '28'],
        ['eau minérale 1,5', '84'],
        ['turbo king', '3'],
        ['primus', '44'],
      ]) {
        await search.fill(name);
        await search.press('Enter');
        const figure = page.getByRole('region', { name: 'Dernier' }).getByRole('textbox');
        await figure.fill(quantity);
        await figure.press('Enter');
      }
      await search.focus();
    },
  },
  {
    name: 'orders',
    path: '/commandes',
    role: 'manager',
    height: 897,
    act: async (page) => {
      await page
        .getByRole('textbox', { name: /^Quantité à commander/ })
        .first()
        .waitFor();
      const second = page.getByRole('textbox', { name: /^Quantité à commander/ }).nth(1);
      await second.fill('10');
      await second.press('Enter');
    },
  },
  { name: 'stock-forbidden', path: '/inventaire', role: 'cashier' },
  { name: 'offline', path: '/caisse', role: 'cashier', act: offline },
  {
    name: 'dashboard',
    path: '/tableau',
    role: 'admin',
    full: true,
    wait: 1500,
    act: async (page) => {
      await page.getByRole('heading', { name: 'Va manquer' }).waitFor();
      await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
      await page
        .getByRole('heading', { name: 'Ce qui rapporte' })
        .waitFor()
        .catch(() => {});
      await page.evaluate(() => window.scrollTo(0, 0));
    },
  },
  {
    name: 'anomalies',
    path: '/anomalies',
    role: 'manager',
    full: true,
    wait: 1000,
    act: async (page, { phone }) => {
      const first = page.locator('[data-finding]').first();
      await first.waitFor();
      if (phone) await first.click();
    },
  },
  {
    name: 'anomaly-list',
    path: '/anomalies',
    role: 'manager',
    widths: [390],
    full: true,
    wait: 4000,
  },
  {
    name: 'reports',
    path: '/rapports?r=sales',
    role: 'manager',
    full: true,
    wait: 3000,
    act: async (page) => {
      await page.getByRole('button', { name: 'Excel', exact: true }).click();
    },
  },
  {
    name: 'schedule',
    path: '/rapports?r=daily_close',
    role: 'manager',
    act: async (page) => {
      await page.getByRole('button', { name: 'Programmer' }).click();
      await page.getByRole('dialog').getByLabel('Quand').selectOption('week');
    },
  },
  {
    name: 'schedules',
    path: '/rapports?r=daily_close',
    role: 'manager',
    full: true,
    act: async (page) => {
      const list = page.getByRole('list', { name: 'Rapports programmés' });
      await page.getByRole('button', { name: 'Programmer' }).waitFor();
      if (!(await list.isVisible())) {
        await page.getByRole('button', { name: 'Programmer' }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'Programmer' }).click();
        await list.getByRole('button', { name: 'Lancer' }).click();
        await list.getByText(/fait le/).waitFor();
      }
    },
  },
  {
    name: 'till-name',
    path: '/caisse',
    role: 'manager',
    widths: [1280],
    act: async (page) => {
      await page.getByRole('button', { name: /^C1-/ }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'favourites',
    path: '/caisse',
    role: 'manager',
    act: async (page) => {
      await page.getByRole('button', { name: 'Choisir les favoris' }).click();
      await page.getByLabel('Ajouter un article').fill('sucre');
      await page.getByLabel('Ajouter un article').press('Enter');
      await page.getByLabel('Ajouter un article').fill('primus');
      await page.waitForTimeout(300);
    },
  },
  {
    name: 'compare',
    path: '/tableau?jours=7&avec=an',
    role: 'manager',
    act: async (page) => {
      await page.getByRole('heading', { name: 'Va manquer' }).waitFor();
    },
  },
  { name: 'jobs', path: '/travaux', role: 'manager', full: true },
  { name: 'forecasts-shop', path: '/previsions?niveau=shop', role: 'manager', wait: 3000 },
  {
    name: 'forecasts-category',
    path: '/previsions?niveau=category&jours=90&zone=95',
    role: 'manager',
    wait: 3000,
  },
  { name: 'documents', path: '/inventaire/bons', role: 'manager', act: ready },
  {
    name: 'document',
    path: '/inventaire/bons?genre=receipt',
    role: 'manager',
    act: async (page) => {
      await page
        .locator('main')
        .getByRole('button', { name: /Réception/ })
        .first()
        .click();
      await page.getByRole('dialog').getByRole('table').waitFor();
    },
  },
  { name: 'places', path: '/parametres/lieux', role: 'admin', wait: 1500 },
  {
    name: 'products-bulk',
    path: '/produits?q=huile',
    role: 'manager',
    widths: [1280],
    act: async (page) => {
      await page
        .getByRole('checkbox', { name: /^Choisir Huile/ })
        .first()
        .waitFor();
      for (const box of await page.getByRole('checkbox', { name: /^Choisir Huile/ }).all()) {
        await box.click();
      }
      await page.getByRole('button', { name: 'Prix…' }).click();
      await page.getByLabel('Changer de').fill('-30');
      await page.getByText('serai').first().waitFor();
    },
  },
  { name: 'forecasts', path: '/previsions', role: 'manager', full: true, wait: 1500 },
  { name: 'imports', path: '/import', role: 'manager', full: true },
  { name: 'import-columns', path: '/import', role: 'manager', full: true, act: upload },
  { name: 'import-check', path: '/import', role: 'manager', full: true, wait: 800, act: check },
];
