import { expect, test } from 'vitest';
import { branches, categoryOptions, within, type Category } from './categories';

const category = (id: string, name: string, parent_id: string | null = null): Category => ({
  id,
  name,
  parent_id,
  archived: false,
  version: 1,
  created_at: '2026-01-01T00:00:00Z',
});

const all = [
  category('soda', 'Sodas', 'drinks'),
  category('food', 'Épicerie'),
  category('drinks', 'Boissons'),
  category('beer', 'Bières', 'drinks'),
  category('local', 'Locales', 'beer'),
];

test('a child stands below its parent, each level by name, accents regardless', () => {
  expect(branches(all).map(({ category, depth }) => [category.id, depth])).toEqual([
    ['drinks', 0],
    ['beer', 1],
    ['local', 2],
    ['soda', 1],
    ['food', 0],
  ]);
  expect(categoryOptions(all)[2]?.label).toBe('\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0Locales');
});

test('what is archived is not offered, and what lies in it still is', () => {
  const some = all.map((one) => (one.id === 'beer' ? { ...one, archived: true } : one));
  expect(categoryOptions(some).map(({ value }) => value)).toEqual([
    'drinks',
    'soda',
    'food',
    'local',
  ]);
});

test('what has lost its parent is still there', () => {
  expect(branches([category('x', 'Seul', 'gone')])).toHaveLength(1);
});

test('a category lies within itself and what is below it, nothing beside', () => {
  expect([...within(all, 'beer')]).toEqual(['beer', 'local']);
});
