/** The screens of the till and the counted shelf. Each with the requests that bring what it shows. */
import { data, type Screen } from './screens.client';

export const TILL: Screen[] = [
  {
    name: 'till',
    role: 'cashier',
    rows: async ({ api }) => {
      const [goods, favourites, categories] = await Promise.all([
        data(api.GET('/api/v1/products/till', { params: { query: { limit: 1000 } } })),
        data(api.GET('/api/v1/favourites')),
        data(api.GET('/api/v1/categories', { params: { query: { limit: 200 } } })),
      ]);
      return goods.items.map((one) => ({
        name: one.name,
        price: one.price_minor,
        barcode: one.barcodes[0] ?? null,
        favourites: favourites.product_ids.length,
        shelves: categories.items.length,
      }));
    },
  },
  {
    name: 'pay',
    role: 'cashier',
    rows: async ({ api }) => {
      const [settings, rates, accounts] = await Promise.all([
        data(api.GET('/api/v1/settings')),
        data(api.GET('/api/v1/rates', { params: { query: { in_force: true } } })),
        data(api.GET('/api/v1/payment-accounts', { params: { query: { limit: 200 } } })),
      ]);
      return rates.items.map((rate) => ({
        base: settings.currency,
        foreign: rate.currency,
        rate: rate.rate_micros,
        accounts: accounts.items.length,
      }));
    },
  },
  {
    name: 'receipt',
    role: 'cashier',
    rows: async ({ api }) => {
      const newest = await data(api.GET('/api/v1/sales', { params: { query: { limit: 1 } } }));
      const id = newest.items[0]?.id;
      if (!id) return [];
      const [sale, settings] = await Promise.all([
        data(api.GET('/api/v1/sales/{id}', { params: { path: { id } } })),
        data(api.GET('/api/v1/settings')),
      ]);
      return sale.lines.map((line) => ({
        shop: settings.name,
        number: sale.number,
        product: line.product_name,
        total: line.total_minor,
      }));
    },
  },
  {
    name: 'count',
    role: 'manager',
    rows: async ({ api }) => {
      const places = await data(api.GET('/api/v1/locations'));
      const own = places.items.find((place) => place.is_default);
      if (!own) return [];
      const [levels, goods] = await Promise.all([
        data(
          api.GET('/api/v1/inventory', { params: { query: { location_id: own.id, limit: 200 } } }),
        ),
        data(api.GET('/api/v1/products/till', { params: { query: { limit: 1000 } } })),
      ]);
      return levels.items.map((level) => ({
        place: own.name,
        product: level.name,
        expected: level.on_hand,
        goods: goods.items.length,
      }));
    },
  },
];
