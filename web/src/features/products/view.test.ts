import { expect, test } from 'vitest';
import { figuresQueryOf, isCode, isFiltered, plainQueryOf, readAddress, viewsOf } from './view';

const read = (search: string) => {
  const params = new URLSearchParams(search);
  return readAddress((name) => params.get(name) ?? '');
};

test('an address is what the catalogue is asked', () => {
  const address = read('vue=bas&q=huile&categorie=c1&tri=-price_minor');
  expect(plainQueryOf(address)).toEqual({
    limit: 50,
    sort: '-price_minor',
    archived: false,
    low_stock: true,
    q: 'huile',
    category_id: 'c1',
  });
  expect(isFiltered(address)).toBe(true);
});

test('or the catalogue with its figures', () => {
  expect(figuresQueryOf(read('vue=sous-cout&q=huile&categorie=c1&tri=-margin'))).toEqual({
    limit: 50,
    sort: '-margin',
    view: 'below_cost',
    q: 'huile',
    category_id: 'c1',
  });
  expect(figuresQueryOf(read('vue=dormants')).view).toBe('dormant');
  expect(figuresQueryOf(read('vue=bas')).view).toBe('low');
});

test('what an address cannot mean is left out: active products by name', () => {
  const address = read('vue=tout&tri=colour');
  expect(plainQueryOf(address)).toEqual({ limit: 50, sort: 'name', archived: false });
  expect(figuresQueryOf(address)).toEqual({ limit: 50, sort: 'name', view: 'all' });
  // An order that only the other list knows is none.
  expect(figuresQueryOf(read('tri=price_minor')).sort).toBe('name');
  expect(plainQueryOf(read('tri=-sold')).sort).toBe('name');
  expect(isFiltered(address)).toBe(false);
});

test('the archived ones are a view of their own', () => {
  expect(plainQueryOf(read('vue=archives')).archived).toBe(true);
  expect(figuresQueryOf(read('vue=archives')).view).toBe('archived');
});

test('views that need costs are not offered to who may not see them', () => {
  expect(viewsOf(false)).toEqual(['', 'bas', 'archives']);
  expect(viewsOf(true)).toHaveLength(5);
});

test.each([
  ['6001087340014', true],
  [' 123456 ', true],
  ['12345', false],
  ['huile', false],
  ['HUI-1L', false],
])('%s is a barcode: %s', (q, expected) => {
  expect(isCode(q)).toBe(expected);
});
