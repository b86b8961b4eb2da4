import { expect, test } from 'vitest';
import { priceChanges } from './history';

const entry = (id: string, price_minor: number, changed_at: string) => ({
  id,
  price_minor,
  cost_minor: 1,
  actor_id: 'somebody',
  changed_at,
});

test('only changes of the price are steps; the first price has none before it', () => {
  const steps = priceChanges([
    entry('d', 340_000, '2026-11-01T00:00:00Z'),
    entry('c', 340_000, '2026-03-02T00:00:00Z'),
    entry('b', 325_000, '2026-02-01T00:00:00Z'),
    entry('a', 325_000, '2025-11-03T00:00:00Z'),
  ]);
  expect(steps.map(({ id, beforeMinor, priceMinor }) => [id, beforeMinor, priceMinor])).toEqual([
    ['c', 325_000, 340_000],
    ['a', undefined, 325_000],
  ]);
});
