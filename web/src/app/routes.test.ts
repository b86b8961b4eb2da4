import { expect, test } from 'vitest';
import { roleMay, type Deed } from '@/auth/roles';
import { homeOf, pagesOf, railOf, routes } from './routes';

const as = (role: 'admin' | 'manager' | 'cashier' | 'viewer') => (deed: Deed) =>
  roleMay(role, deed);

test('a role finds its pages only, and each under one name', () => {
  const names = pagesOf(as('admin')).map((route) => route.name);
  expect(names).toContain('audit');
  expect(names).toContain('profile');
  expect(new Set(names).size).toBe(names.length);
  expect(names).not.toContain('receipt');
  const cashier = pagesOf(as('cashier')).map((route) => route.name);
  expect(cashier).toContain('till');
  for (const name of ['audit', 'users', 'settings']) expect(cashier).not.toContain(name);
});

test('everybody has a page to begin with', () => {
  expect(homeOf(as('cashier'))).toBe('/caisse');
  expect(railOf(as('viewer')).map((route) => route.path)).toContain(homeOf(as('viewer')));
});

test('no two pages share an address, or the letter that goes there', () => {
  const paths = routes.map((route) => route.path);
  expect(new Set(paths).size).toBe(paths.length);
  const letters = routes.flatMap((route) => route.letter ?? []);
  expect(new Set(letters).size).toBe(letters.length);
});
