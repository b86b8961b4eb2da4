import { expect, test } from 'vitest';
import { isFiltered, queryOf, readAddress } from './view';

const read = (search: string) => {
  const params = new URLSearchParams(search);
  return readAddress((name) => params.get(name) ?? '');
};

test('an address is what the API is asked', () => {
  const address = read('vue=bas&q=huile&categorie=c1&tri=-price_minor');
  expect(queryOf(address)).toEqual({
    limit: 50,
    sort: '-price_minor',
    archived: false,
    low_stock: true,
    q: 'huile',
    category_id: 'c1',
  });
  expect(isFiltered(address)).toBe(true);
});

test('what an address cannot mean is left out: active products by name', () => {
  const address = read('vue=tout&tri=colour');
  expect(queryOf(address)).toEqual({ limit: 50, sort: 'name', archived: false });
  expect(isFiltered(address)).toBe(false);
});

test('the archived ones are a view of their own', () => {
  expect(queryOf(read('vue=archives')).archived).toBe(true);
});
