import { describe, expect, test, vi } from 'vitest';
import { apply, fieldsOf, preview, type BulkItem } from './bulk';

const values = {
  price_minor: 100_000,
  category_id: null,
  tax_rate_bp: 1600,
  reorder_level: 4,
  archived: false,
  unit_margin_minor: 1000,
};
const item = (id: string, version: number, changes: boolean): BulkItem => ({
  product_id: id,
  sku: id,
  name: id,
  version,
  changes,
  below_cost: false,
  before: values,
  after: values,
});

/** What is sent, in place of the network. */
function sent() {
  const bodies: unknown[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    bodies.push(await request.json());
    return Response.json({ applied: true, changed: 0, below_cost: 0, currency: 'CDF', items: [] });
  });
  return bodies;
}

describe('a change of several products', () => {
  test('is what the API reads: percent are basis points, a price falls on its step', () => {
    expect(fieldsOf({ kind: 'price', percent: -2.5, stepMinor: 5000 })).toEqual({
      price: { by_bp: -250, step_minor: 5000 },
    });
    // 1.1 is no binary number: it must not become 109.999.
    expect(fieldsOf({ kind: 'price', percent: 1.1, stepMinor: 1 }).price?.by_bp).toBe(110);
    expect(fieldsOf({ kind: 'category', categoryId: null })).toEqual({ category_id: null });
    expect(fieldsOf({ kind: 'level', level: 4 })).toEqual({ reorder_level: 4 });
    expect(fieldsOf({ kind: 'archive', archived: true })).toEqual({ archived: true });
  });

  test('is tried before it is done, below cost too', async () => {
    const bodies = sent();
    await preview(['a', 'b'], { kind: 'level', level: 4 });
    expect(bodies).toEqual([
      {
        products: [{ id: 'a' }, { id: 'b' }],
        change: { reorder_level: 4 },
        allow_below_cost: true,
        dry_run: true,
      },
    ]);
  });

  test('is done with the versions that were shown, to those that change', async () => {
    const bodies = sent();
    await apply(
      { items: [item('a', 3, true), item('b', 1, false)] },
      { kind: 'level', level: 4 },
      { belowCost: false },
    );
    expect(bodies).toEqual([
      {
        products: [{ id: 'a', version: 3 }],
        change: { reorder_level: 4 },
        allow_below_cost: false,
      },
    ]);
  });
});
