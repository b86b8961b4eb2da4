/** The screens of figures, people and settings. Each with the requests that bring what it shows. */
import { data, daysBefore, LIST, type Screen } from './screens.client';

export const OFFICE: Screen[] = [
  {
    name: 'dashboard',
    role: 'manager',
    rows: async ({ api, today }) => {
      const [screen, now] = await Promise.all([
        data(api.GET('/api/v1/dashboard')),
        data(
          api.GET('/api/v1/analytics/summary', {
            params: { query: { from: today, to: today } },
          }),
        ),
      ]);
      const { figures, previous, low_stock: low, findings, payments, stock, products } = screen;
      return [
        {
          sales: figures.revenue_with_tax_minor,
          before: previous.revenue_with_tax_minor,
          margin: figures.margin_minor,
          today: now.revenue_with_tax_minor,
          to_order: low.total,
          to_check: findings?.counts.open ?? null,
        },
        {
          days: screen.days.length,
          expected: screen.forecast?.total.mean_minor ?? null,
          methods: payments.groups.length,
          stock: stock.value_minor,
          best: products.best[0]?.name ?? null,
          below_cost: products.below_cost_sold,
        },
      ];
    },
  },
  {
    name: 'forecast, products',
    role: 'manager',
    lacks: 'the error of each product on its line; what the product would bring in money',
    rows: async ({ api, today }) => {
      const list = await data(
        api.GET('/api/v1/analytics/forecasts', { params: { query: { limit: LIST } } }),
      );
      const id = list.items.find((one) => one.total)?.product_id;
      if (!id) return [];
      const [one, sold] = await Promise.all([
        data(api.GET('/api/v1/analytics/forecasts/{id}', { params: { path: { id } } })),
        data(
          api.GET('/api/v1/analytics/timeseries', {
            params: { query: { from: daysBefore(today, 28), to: today, product_id: id } },
          }),
        ),
      ]);
      return list.items.map((item) => ({
        name: item.name,
        expected: item.total?.mean ?? null,
        low: item.total?.lo80 ?? null,
        high: item.total?.hi80 ?? null,
        days: one.days.length,
        error: one.backtest?.wape ?? null,
        sold_days: sold.points.length,
      }));
    },
  },
  {
    name: 'forecast, shop',
    role: 'manager',
    lacks: 'last year as a second reference; the error in money',
    rows: async ({ api, today }) => {
      const [list, accuracy, sold] = await Promise.all([
        data(
          api.GET('/api/v1/analytics/forecasts', {
            params: { query: { level: 'shop', by_day: true } },
          }),
        ),
        data(api.GET('/api/v1/analytics/accuracy', { params: { query: { limit: 1 } } })),
        data(
          api.GET('/api/v1/analytics/timeseries', {
            params: { query: { from: daysBefore(today, 28), to: today } },
          }),
        ),
      ]);
      return (list.items[0]?.money?.days ?? []).map((day) => ({
        date: day.date,
        closed: day.closed,
        expected: day.mean_minor,
        low: day.lo80_minor,
        high: day.hi80_minor,
        nights: accuracy.nights,
        sold_days: sold.points.length,
      }));
    },
  },
  {
    name: 'findings',
    role: 'manager',
    rows: async ({ api, today }) => {
      const list = await data(
        api.GET('/api/v1/analytics/anomalies', {
          params: { query: { from: daysBefore(today, 90), to: today, state: 'open', limit: LIST } },
        }),
      );
      const id = list.items[0]?.id;
      const one = id
        ? await data(api.GET('/api/v1/analytics/anomalies/{id}', { params: { path: { id } } }))
        : undefined;
      return list.items.map((finding) => ({
        subject: finding.subject.name,
        kind: finding.kind,
        severity: finding.severity,
        from: finding.from,
        effect: finding.effect_minor,
        open: list.counts.open,
        to_follow: list.counts.to_follow,
        days_around: one?.days.length ?? 0,
      }));
    },
  },
  {
    name: 'reports',
    role: 'manager',
    rows: async ({ api }) => {
      const list = await data(api.GET('/api/v1/reports', { params: { query: { limit: LIST } } }));
      return list.items.map((one) => ({
        title: one.title,
        file: one.file_name,
        until: one.expires_at,
      }));
    },
  },
  {
    name: 'users',
    role: 'admin',
    rows: async ({ api }) => {
      const [users, deeds] = await Promise.all([
        data(api.GET('/api/v1/users', { params: { query: { limit: 200 } } })),
        data(api.GET('/api/v1/audit', { params: { query: { limit: 5 } } })),
      ]);
      return users.items.map((user) => ({
        name: user.name,
        role: user.role,
        disabled: user.disabled,
        last_seen: user.last_seen_at,
        newest_deed: deeds.items[0]?.action ?? null,
      }));
    },
  },
  {
    name: 'settings',
    role: 'admin',
    rows: async ({ api }) => {
      const [settings, rates, accounts] = await Promise.all([
        data(api.GET('/api/v1/settings')),
        data(api.GET('/api/v1/rates', { params: { query: { currency: 'USD', limit: 60 } } })),
        data(api.GET('/api/v1/payment-accounts', { params: { query: { limit: 200 } } })),
      ]);
      return rates.items.map((rate) => ({
        shop: settings.name,
        from: rate.valid_from,
        rate: rate.rate_micros,
        in_force: rate.in_force,
        by: rate.actor_name,
        accounts: accounts.items.length,
      }));
    },
  },
  {
    name: 'places and books',
    role: 'admin',
    rows: async ({ api }) => {
      const [places, proof] = await Promise.all([
        data(api.GET('/api/v1/locations', { params: { query: { limit: 200 } } })),
        data(api.GET('/api/v1/inventory/proof')),
      ]);
      return places.items.map((place) => ({
        name: place.name,
        archived: place.archived,
        proved: proof.at,
        position: proof.position,
        newest: proof.newest_position,
      }));
    },
  },
];
