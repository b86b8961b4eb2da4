import { describe, expect, test } from 'vitest';
import { Problem } from '@/api/problem';
import { applyAll, changeOf } from './bulk';
import type { Product } from './queries';

const product = (id: string, price_minor: number): Product => ({
  id,
  sku: id,
  name: id,
  barcodes: [],
  category_id: null,
  unit: 'piece',
  price_minor,
  currency: 'CDF',
  tax_rate_bp: 1600,
  reorder_level: 4,
  lead_time_days: null,
  service_level_bp: null,
  on_hand: 1,
  archived: false,
  version: 1,
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
});

describe('a change of several products', () => {
  test('names what becomes of each, and nothing where it is so already', () => {
    const oil = product('oil', 790_000);
    expect(changeOf(oil, { kind: 'price', percent: 10, stepMinor: 5000 })).toEqual({
      price_minor: 870_000,
    });
    expect(changeOf(oil, { kind: 'price', percent: 0, stepMinor: 5000 })).toBeUndefined();
    expect(changeOf(oil, { kind: 'level', level: 4 })).toBeUndefined();
    expect(changeOf(oil, { kind: 'category', categoryId: null })).toBeUndefined();
    expect(changeOf(oil, { kind: 'category', categoryId: 'c' })).toEqual({ category_id: 'c' });
  });

  test('one refusal does not stop the others, and keeps its reason', async () => {
    const seen: number[] = [];
    const { changed, failures } = await applyAll(
      [product('a', 100_000), product('b', 100_000), product('c', 100_000)],
      { kind: 'price', percent: 50, stepMinor: 1 },
      (item, change) =>
        item.id === 'b'
          ? Promise.reject(new Problem(412, { code: 'new.code', title: 'Somebody was faster' }))
          : Promise.resolve({ ...item, ...(change as Partial<Product>) }),
      (done) => seen.push(done),
    );
    expect(changed.map(({ id, price_minor }) => [id, price_minor])).toEqual([
      ['a', 150_000],
      ['c', 150_000],
    ]);
    expect(failures.map(({ product: { id }, why }) => [id, why])).toEqual([
      ['b', 'Somebody was faster'],
    ]);
    expect(seen).toEqual([1, 2, 3]);
  });
});
