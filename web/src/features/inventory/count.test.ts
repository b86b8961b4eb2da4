import { beforeEach, describe, expect, test } from 'vitest';
import {
  addCounted,
  documentsOf,
  dropCounted,
  keepCount,
  keptCount,
  newCount,
  setCounted,
  viewOf,
  type Expected,
} from './count';

const product = (id: string, onHand: number, priceMinor: number): Expected => ({
  id,
  name: id,
  unit: 'piece',
  onHand,
  priceMinor,
  categoryId: 'drinks',
  codes: [],
});

const primus = product('primus', 54, 385_000);
const turbo = product('turbo', 0, 465_000);
const eau = product('eau', 90, 165_000);
const shelf = [primus, turbo, eau, product('empty', 0, 1)];

describe('a count', () => {
  test('is compared with the book, at the price of sale', () => {
    let count = newCount('shop', '', 1);
    for (let i = 0; i < 3; i += 1) count = addCounted(count, turbo, 1000, i);
    count = setCounted(count, primus, 52_000, 9);
    const view = viewOf(count, shelf);
    expect(view.counted.map(({ product: { id } }) => id)).toEqual(['primus', 'turbo']);
    expect(view.differences.map((row) => [row.differenceMilli, row.valueMinor])).toEqual([
      [-2000, -770_000],
      [3000, 1_395_000],
    ]);
    expect(view.valueMinor).toBe(625_000);
  });

  test('what is as expected is counted and no difference', () => {
    const view = viewOf(setCounted(newCount('shop', '', 1), eau, 90_000, 1), shelf);
    expect(view.counted).toHaveLength(1);
    expect(view.differences).toEqual([]);
  });

  test('what is left are the goods that should be there, of the chosen shelf', () => {
    const count = setCounted(newCount('shop', 'drinks', 1), primus, 54_000, 1);
    expect(viewOf(count, shelf, new Set(['drinks'])).left.map(({ id }) => id)).toEqual(['eau']);
    expect(viewOf(count, shelf, new Set(['food'])).left).toEqual([]);
    expect(viewOf(count, shelf).left.map(({ id }) => id)).toEqual(['eau']);
  });

  test('what was counted by mistake is not counted: its stock does not change', () => {
    const count = dropCounted(addCounted(newCount('shop', '', 1), eau, 1000, 1), 'eau');
    expect(viewOf(count, shelf).counted).toEqual([]);
  });

  test('weights keep their thousandths', () => {
    const rice = { ...product('riz', 53.25, 340_000), unit: 'kg' };
    const view = viewOf(setCounted(newCount('shop', '', 1), rice, 53_000, 1), [rice]);
    expect(view.differences[0]).toMatchObject({ differenceMilli: -250, valueMinor: -85_000 });
  });
});

describe('goods that are sold while others are counted', () => {
  test('are no difference: the book of the moment is what they are compared with', () => {
    const count = setCounted(newCount('shop', '', 1), primus, 54_000, 5);
    const soldSince = [{ ...primus, onHand: 53 }];
    expect(viewOf(count, soldSince).differences).toEqual([]);
  });

  test('go alone, at the moment when they were counted; the others go together', () => {
    let count = setCounted(newCount('shop', '', 1), primus, 52_000, 10);
    count = setCounted(count, turbo, 3000, 20);
    count = setCounted(count, eau, 90_000, 30);
    expect(documentsOf(count, new Set(['turbo', 'other']))).toEqual([
      {
        countedAt: 30,
        lines: [
          { id: 'eau', milli: 90_000 },
          { id: 'primus', milli: 52_000 },
        ],
      },
      { countedAt: 20, lines: [{ id: 'turbo', milli: 3000 }] },
    ]);
    expect(documentsOf(newCount('shop', '', 1), new Set())).toEqual([]);
  });
});

describe('a count that is kept', () => {
  beforeEach(() => {
    localStorage.clear();
  });

  test('is there after a reload, and gone when it was entered', () => {
    const count = addCounted(newCount('shop', '', 1), eau, 1000, 2);
    keepCount(count);
    expect(keptCount()).toEqual(count);
    keepCount(undefined);
    expect(keptCount()).toBeUndefined();
  });

  test('what cannot be read is none', () => {
    localStorage.setItem('salesflow.count', '{');
    expect(keptCount()).toBeUndefined();
  });
});
