import { describe, expect, test } from 'vitest';
import { marginOf } from './margin';

describe('margin', () => {
  test('the tax inside a price is nobody’s margin', () => {
    const margin = marginOf(790_000, 670_200, 1600, 'included');
    expect(margin.netMinor).toBe(681_034);
    expect(margin.marginMinor).toBe(10_834);
    expect(margin.ratio).toBeCloseTo(0.0159, 4);
  });

  test('a price to which the tax is added is net already', () => {
    expect(marginOf(100_000, 80_000, 1600, 'added').marginMinor).toBe(20_000);
  });

  test('what sells under its cost has less than nothing, and what is given away no share', () => {
    expect(marginOf(100_000, 120_000, 0, 'included').marginMinor).toBe(-20_000);
    expect(marginOf(0, 120_000, 0, 'included').ratio).toBeUndefined();
  });
});
