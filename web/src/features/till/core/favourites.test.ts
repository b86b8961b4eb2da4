import { expect, test } from 'vitest';
import { makeCatalogue, type TillProduct } from './catalogue';
import { favouritesOf, moved } from './favourites';

const catalogue = makeCatalogue(
  ['a', 'b', 'c'].map((id) => ({ id, sku: id, name: id, barcodes: [] }) as unknown as TillProduct),
  [],
);
const ids = (chosen: string[], bestSold: string[]) =>
  favouritesOf(catalogue, chosen, bestSold).map(({ id }) => id);

test('what the shop has chosen stands alone and in its order; what is no longer sold is left out', () => {
  expect(ids(['c', 'gone', 'a'], ['b'])).toEqual(['c', 'a']);
});

test('a shop that has chosen nothing has what sells most, then the others', () => {
  expect(ids([], ['b'])).toEqual(['b', 'a', 'c']);
  expect(ids(['gone'], [])).toEqual(['a', 'b', 'c']);
});

test('a favourite moves by one place, and not beyond the ends', () => {
  expect(moved(['a', 'b', 'c'], 'c', -1)).toEqual(['a', 'c', 'b']);
  expect(moved(['a', 'b', 'c'], 'a', 1)).toEqual(['b', 'a', 'c']);
  expect(moved(['a', 'b'], 'a', -1)).toEqual(['a', 'b']);
  expect(moved(['a', 'b'], 'x', 1)).toEqual(['a', 'b']);
});
