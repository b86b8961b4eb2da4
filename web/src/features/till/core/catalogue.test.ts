import { describe, expect, test } from 'vitest';
import {
  findByCode,
  inCategory,
  makeCatalogue,
  readTyped,
  resolve,
  search,
  shelfOf,
  topCategories,
  type TillProduct,
} from './catalogue';

const product = (id: string, name: string, extra: Partial<TillProduct> = {}): TillProduct => ({
  id,
  sku: id,
  name,
  barcodes: [],
  categoryId: undefined,
  unit: 'piece',
  priceMinor: 100_000,
  taxRateBp: 1600,
  onHand: 10,
  reorderLevel: 3,
  ...extra,
});

const catalogue = makeCatalogue(
  [
    product('RIZ-5', 'Riz du Pakistan, sachet 5 kg', {
      barcodes: ['0036000291452'],
      categoryId: 'b',
    }),
    product('OEUF', 'Œufs, plateau de 30'),
    product('CAFE', 'Café moulu du Kivu 250 g'),
    product('RIZ-1', 'Riz parfumé de Tanzanie'),
  ],
  [
    { id: 'a', parentId: undefined, name: 'Épicerie' },
    { id: 'b', parentId: 'a', name: 'Riz' },
    { id: 'c', parentId: undefined, name: 'Vide' },
  ],
);

const ids = (found: TillProduct[]) => found.map(({ id }) => id);

describe('search', () => {
  test('knows no accents, no case, and œ as oe', () => {
    expect(ids(search(catalogue, 'cafe MOULU'))).toEqual(['CAFE']);
    expect(ids(search(catalogue, 'oeuf'))).toEqual(['OEUF']);
  });

  test('wants every word, and puts beginnings first', () => {
    expect(ids(search(catalogue, 'riz'))).toEqual(['RIZ-5', 'RIZ-1']);
    expect(ids(search(catalogue, 'riz tanz'))).toEqual(['RIZ-1']);
  });

  test('takes the beginning of a SKU and of a barcode', () => {
    expect(ids(search(catalogue, 'riz-1'))).toEqual(['RIZ-1']);
    expect(ids(search(catalogue, '003600'))).toEqual(['RIZ-5']);
  });
});

test('a code is found with and without its zeros, and by SKU in any case', () => {
  expect(findByCode(catalogue, ['036000291452'])?.id).toBe('RIZ-5');
  expect(findByCode(catalogue, ['x', '0036000291452'])?.id).toBe('RIZ-5');
  expect(findByCode(catalogue, ['cafe'])?.id).toBe('CAFE');
  expect(findByCode(catalogue, ['nothing'])).toBeUndefined();
});

test('what is typed may begin with a quantity', () => {
  expect(readTyped('3*riz')).toEqual({ quantity: 3, text: 'riz', isCode: false });
  expect(readTyped('0,75 * arachides')).toEqual({
    quantity: 0.75,
    text: 'arachides',
    isCode: false,
  });
  expect(readTyped('6161100')).toEqual({ quantity: undefined, text: '6161100', isCode: true });
  expect(resolve(catalogue, readTyped('3*riz'))?.id).toBe('RIZ-5');
});

test('categories with goods stand over the tiles, and a tile knows its shelf', () => {
  expect(topCategories(catalogue).map(({ name }) => name)).toEqual(['Épicerie']);
  expect(ids(inCategory(catalogue, 'a'))).toEqual(['RIZ-5']);
  expect([10, 3, 0].map((onHand) => shelfOf(product('x', 'x', { onHand })))).toEqual([
    'plenty',
    'low',
    'out',
  ]);
});
