import { expect, test } from 'vitest';
import { filterCount, queryOf, readAddress } from './movementsView';

const read = (search: string) => {
  const params = new URLSearchParams(search);
  return readAddress((name) => params.get(name) ?? '');
};

test('without a word the whole ledger', () => {
  expect(queryOf(read(''))).toEqual({ limit: 50 });
  expect(filterCount(read(''))).toBe(0);
});

test('what, where, who, when, and on which paper', () => {
  const address = read(
    'article=p1&lieu=l1&genre=receipt&par=u1&bon=d1&du=2026-11-01&au=2026-11-28',
  );
  expect(queryOf(address)).toEqual({
    limit: 50,
    product_id: 'p1',
    location_id: 'l1',
    kind: 'receipt',
    actor_id: 'u1',
    document_id: 'd1',
    from: '2026-11-01',
    to: '2026-11-28',
  });
  expect(filterCount(address)).toBe(7);
});

test('one day is enough: from then on, or until then', () => {
  expect(queryOf(read('du=2026-11-01'))).toEqual({ limit: 50, from: '2026-11-01' });
  expect(queryOf(read('au=2026-11-01'))).toEqual({ limit: 50, to: '2026-11-01' });
});

test('what it cannot mean is as if it were not there', () => {
  expect(queryOf(read('genre=theft&du=hier&au=2026-11-1'))).toEqual({ limit: 50 });
  expect(queryOf(read('du=2026-11-28&au=2026-11-01'))).toEqual({ limit: 50 });
});
