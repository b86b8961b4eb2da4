import { describe, expect, test } from 'vitest';
import type { Finding } from '@/findings/words';
import { countsOf, neighbour, without } from './inbox';

const finding = (id: string) => ({ id, state: 'open' }) as Finding;
const all = ['a', 'b', 'c'].map(finding);

describe('the next finding', () => {
  test.each([
    ['a', 1, 'b'],
    ['c', 1, 'c'],
    ['b', -1, 'a'],
    ['a', -1, 'a'],
    ['gone', 1, 'a'],
    [undefined, -1, 'a'],
  ] as const)('from %s by %d is %s', (id, by, next) => {
    expect(neighbour(all, id, by)).toBe(next);
  });

  test('of an empty list is none', () => {
    expect(neighbour([], 'a', 1)).toBeUndefined();
  });
});

test('a judged finding leaves its page and is counted where it is now; the others stay', () => {
  const counts = { open: 4, normal: 0, problem: 0, to_follow: 0 };
  const page = (items: Finding[]) => ({
    items,
    next_cursor: null,
    counts,
    coverage: [],
    computed_at: '',
  });
  const data = { pages: [page(all), page([finding('d')])], pageParams: ['', 'x'] };
  const after = without(data, 'b', 'to_follow');
  expect(after?.pages.map((one) => one.items.map(({ id }) => id))).toEqual([['a', 'c'], ['d']]);
  expect(countsOf(after)).toEqual({ open: 3, normal: 0, problem: 0, to_follow: 1 });
  expect(data.pages[0]?.items).toHaveLength(3);
  expect(countsOf(without(data, 'gone', 'normal'))).toEqual(counts);
  expect(without(undefined, 'b', 'normal')).toBeUndefined();
  expect(countsOf(undefined)).toBeUndefined();
});
