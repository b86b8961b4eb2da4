import { expect, test } from 'vitest';
import { filterCount, isFiltered, queryOf, readAddress } from './view';

const week = { from: '2026-11-24', to: '2026-11-30' };
const read = (search: string) => {
  const params = new URLSearchParams(search);
  return readAddress((name) => params.get(name) ?? '', week);
};

test('without a word the last seven days', () => {
  expect(queryOf(read(''))).toEqual({ limit: 50, from: '2026-11-24', to: '2026-11-30' });
  expect(isFiltered(read(''))).toBe(false);
});

test('days, state, till and lateness', () => {
  const address = read('du=2026-11-01&au=2026-11-28&etat=voided&caisse=u1&tard=1');
  expect(queryOf(address)).toEqual({
    limit: 50,
    from: '2026-11-01',
    to: '2026-11-28',
    state: 'voided',
    cashier_id: 'u1',
    entered_late: true,
  });
});

test('a number is looked for on all days', () => {
  expect(queryOf(read('du=2026-11-01&au=2026-11-28&numero=47 886'))).toEqual({
    limit: 50,
    number: 47_886,
  });
});

test('how it was paid, where, and what was in it', () => {
  const address = read('moyen=mobile_money&monnaie=USD&lieu=l1&article=p1&q=riz');
  expect(queryOf(address)).toEqual({
    limit: 50,
    from: '2026-11-24',
    to: '2026-11-30',
    q: 'riz',
    method: 'mobile_money',
    currency: 'USD',
    location_id: 'l1',
    product_id: 'p1',
  });
  expect(filterCount(address)).toBe(4);
  expect(isFiltered(address)).toBe(true);
});

test.each(['47886', 'C1-000482', 'MP260901.1412'])('%s is looked for on all days', (q) => {
  expect(queryOf(read(`du=2026-11-01&au=2026-11-28&q=${q}`))).toEqual({ limit: 50, q });
});

test('a text is no longer than the server reads', () => {
  expect(queryOf(read(`q=${'a'.repeat(140)}`)).q).toHaveLength(100);
});

test('methods and currencies that do not exist are as if they were not there', () => {
  expect(isFiltered(read('moyen=shells&monnaie=XXX'))).toBe(false);
});

test('days the wrong way round, and states that do not exist, are as if they were not there', () => {
  expect(read('du=2026-11-28&au=2026-11-01').period).toEqual(week);
  expect(read('etat=paid').state).toBe('');
});
