import { expect, test } from 'vitest';
import { isFiltered, queryOf, readAddress } from './view';

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

test('days the wrong way round, and states that do not exist, are as if they were not there', () => {
  expect(read('du=2026-11-28&au=2026-11-01').period).toEqual(week);
  expect(read('etat=paid').state).toBe('');
});
