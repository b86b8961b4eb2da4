import { describe, expect, test } from 'vitest';
import { basisPoints, changesOf, creationOf, draftOf, emptyDraft, problemsOf } from './draft';
import type { Product } from './queries';

const oil: Product = {
  id: 'oil',
  sku: 'HUI-1L',
  name: 'Huile 1 l',
  barcodes: ['5449000000996'],
  category_id: 'fat',
  unit: 'piece',
  price_minor: 790_000,
  cost_minor: 670_200,
  currency: 'CDF',
  tax_rate_bp: 1600,
  reorder_level: 2.5,
  lead_time_days: null,
  service_level_bp: null,
  on_hand: 8,
  archived: false,
  version: 3,
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
};

describe('what is sent of a form', () => {
  test('nothing, where nothing was changed', () => {
    expect(changesOf(oil, draftOf(oil))).toEqual({});
  });

  test('only what differs; what was emptied is said', () => {
    const draft = { ...draftOf(oil), priceMinor: 830_000, categoryId: '', barcodes: [' ', ''] };
    expect(changesOf(oil, draft)).toEqual({
      price_minor: 830_000,
      category_id: null,
      barcodes: [],
    });
  });

  test('a cost that one may not see is never sent', () => {
    const { cost_minor: _hidden, ...seen } = oil;
    expect(changesOf(seen, { ...draftOf(seen), name: 'Huile' })).toEqual({ name: 'Huile' });
  });

  test('a new product, with its opening stock', () => {
    const draft = {
      ...emptyDraft('5449000000996', '16'),
      name: ' Riz ',
      sku: 'RIZ',
      unit: 'kg',
      priceMinor: 340_000,
      initialStock: '12,5',
    };
    expect(creationOf(draft)).toMatchObject({
      name: 'Riz',
      barcodes: ['5449000000996'],
      tax_rate_bp: 1600,
      initial_stock: 12.5,
    });
    expect(creationOf({ ...draft, initialStock: '' })).not.toHaveProperty('initial_stock');
  });
});

describe('what the form itself sees', () => {
  test('a name, a code and a price there must be', () => {
    expect(problemsOf(emptyDraft('', '16'))).toEqual({
      name: 'required',
      sku: 'required',
      priceMinor: 'amount',
    });
  });

  test('figures that are none', () => {
    const draft = { ...draftOf(oil), tax: 'x', level: '1,2345', leadTime: '7,5' };
    expect(problemsOf(draft)).toEqual({ tax: 'percent', level: 'quantity', leadTime: 'days' });
  });

  test('percent to basis points', () => {
    expect(basisPoints('16')).toBe(1600);
    expect(basisPoints('16,5 %')).toBe(1650);
    expect(basisPoints('')).toBe(0);
    expect(basisPoints('116')).toBeUndefined();
  });
});
