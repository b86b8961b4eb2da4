/** The screens of goods and tickets. Each with the requests that bring what it shows. */
import { data, daysBefore, LIST, type Screen } from './screens.client';

export const GOODS: Screen[] = [
  {
    name: 'products',
    role: 'manager',
    lacks: 'the view without a barcode; saved views',
    rows: async ({ api, today }) => {
      const [list, categories, stock] = await Promise.all([
        data(api.GET('/api/v1/analytics/product-list', { params: { query: { limit: LIST } } })),
        data(api.GET('/api/v1/categories', { params: { query: { limit: 200 } } })),
        data(api.GET('/api/v1/analytics/stock', { params: { query: { from: today, to: today } } })),
      ]);
      const names = new Map(categories.items.map(({ id, name }) => [id, name]));
      return list.items.map((one) => ({
        name: one.name,
        category: one.category_id ? (names.get(one.category_id) ?? null) : null,
        price: one.price_minor,
        cost: one.cost_minor,
        margin: one.unit_margin_minor,
        on_hand: one.on_hand,
        days_left: one.days_left,
        sold: one.sold,
        of: list.counts.all,
        stock: stock.value_minor,
      }));
    },
  },
  {
    name: 'product',
    role: 'manager',
    lacks: 'days left out for another reason than an empty shelf; the cost over time',
    pick: async ({ api }) => {
      const found = await data(
        api.GET('/api/v1/analytics/product-list', {
          params: { query: { limit: 1, sort: '-sold' } },
        }),
      );
      return found.items[0]?.product_id;
    },
    rows: async ({ api, picked }) => {
      if (!picked) return [];
      const at = { params: { path: { id: picked } } };
      const [sheet, review, forecast] = await Promise.all([
        data(api.GET('/api/v1/products/{id}/sheet', at)),
        data(api.GET('/api/v1/analytics/product-list/{id}', at)),
        data(api.GET('/api/v1/analytics/forecasts/{id}', at)),
      ]);
      return sheet.movements.map((one) => ({
        product: sheet.product.name,
        days_left: review.figures.days_left,
        kind: one.kind,
        document: one.document_number,
        by: one.actor_name,
        delta: one.delta,
        after: one.balance_after,
        unit: one.unit,
        prices: sheet.prices.length,
        places: sheet.levels.length,
        expected: forecast.total?.mean ?? null,
        feasts: forecast.days.filter((day) => day.feast).length,
        sold_days: review.days.length,
        stock_outs: review.stock_out_days.length,
      }));
    },
  },
  {
    name: 'sales',
    role: 'manager',
    rows: async ({ api, today }) => {
      const period = { from: daysBefore(today, 6), to: today };
      const [list, summary, staff] = await Promise.all([
        data(api.GET('/api/v1/sales', { params: { query: { ...period, limit: LIST } } })),
        data(api.GET('/api/v1/analytics/summary', { params: { query: period } })),
        data(api.GET('/api/v1/staff')),
      ]);
      return list.items.map((sale) => ({
        number: sale.number,
        at: sale.occurred_at,
        first: sale.lines[0]?.product_name ?? null,
        cashier: sale.cashier_name,
        place: sale.location_name,
        total: sale.total_minor,
        refunded: sale.refunded_minor,
        of: summary.sales,
        people: staff.items.length,
      }));
    },
  },
  {
    name: 'movements',
    role: 'manager',
    rows: async ({ api }) => {
      const [list, staff, places] = await Promise.all([
        data(api.GET('/api/v1/inventory/movements', { params: { query: { limit: LIST } } })),
        data(api.GET('/api/v1/staff')),
        data(api.GET('/api/v1/locations')),
      ]);
      return list.items.map((one) => ({
        at: one.occurred_at,
        product: one.product_name,
        kind: one.kind,
        document: one.document_number ?? one.paper_reference,
        by: one.actor_name,
        place: one.location_name,
        delta: one.delta,
        unit: one.unit,
        after: one.balance_after,
        people: staff.items.length,
        places: places.items.length,
      }));
    },
  },
  {
    name: 'documents',
    role: 'manager',
    rows: async ({ api }) => {
      const list = await data(
        api.GET('/api/v1/inventory/documents', { params: { query: { limit: LIST } } }),
      );
      const id = list.items[0]?.id;
      const full = id
        ? await data(api.GET('/api/v1/inventory/documents/{id}', { params: { path: { id } } }))
        : undefined;
      return list.items.map((one) => ({
        at: one.occurred_at,
        kind: one.kind,
        supplier: one.supplier,
        paper: one.reference,
        by: one.actor_name,
        lines: one.movements_count,
        first: full?.movements[0]?.product_name ?? null,
      }));
    },
  },
  {
    name: 'order',
    role: 'manager',
    lacks: 'saved orders',
    rows: async ({ api }) => {
      const [order, low, rates] = await Promise.all([
        data(api.GET('/api/v1/analytics/low-stock/order')),
        data(api.GET('/api/v1/analytics/low-stock', { params: { query: { limit: 200 } } })),
        data(api.GET('/api/v1/rates', { params: { query: { in_force: true } } })),
      ]);
      return order.lines.map((one) => ({
        name: one.name,
        supplier: one.supplier,
        on_hand: one.on_hand,
        days_left: one.days_of_cover,
        delivery: one.lead_time_days,
        need: one.need,
        reserve: one.reserve,
        suggested: one.suggested_quantity,
        cost: one.order_cost_minor,
        sales_at_risk: one.sales_at_risk_minor,
        watched: low.watch_total,
        rates: rates.items.length,
      }));
    },
  },
  {
    name: 'imports',
    role: 'manager',
    rows: async ({ api }) => {
      const list = await data(api.GET('/api/v1/imports', { params: { query: { limit: LIST } } }));
      const id = list.items[0]?.id;
      if (!id) return [];
      const [one, rows] = await Promise.all([
        data(api.GET('/api/v1/imports/{id}', { params: { path: { id } } })),
        data(api.GET('/api/v1/imports/{id}/rows', { params: { path: { id } } })),
      ]);
      return rows.items.map((row) => ({ file: one.file_name, state: row.state, row: row.row }));
    },
  },
];
