import { describe, expect, test } from 'vitest';
import { addMonths, askedOf, daysOf, kindOf, monthDays } from './kinds';

const address = (words: Record<string, string>) => (name: string) => words[name] ?? '';
const TODAY = '2026-11-30';

describe('a month', () => {
  test.each([
    ['2026-10', '2026-10-01', '2026-10-31'],
    ['2026-02', '2026-02-01', '2026-02-28'],
    ['2024-02', '2024-02-01', '2024-02-29'],
    ['2026-09', '2026-09-01', '2026-09-30'],
  ])('%s has its own days', (month, from, to) => {
    expect(monthDays(month, TODAY)).toEqual({ from, to });
  });

  test('the present one ends today', () => {
    expect(monthDays('2026-11', '2026-11-12')).toEqual({ from: '2026-11-01', to: '2026-11-12' });
  });

  test('before January comes December', () => {
    expect(addMonths('2026-01', -1)).toBe('2025-12');
    expect(addMonths('2026-12', 1)).toBe('2027-01');
  });
});

describe('what an address asks for', () => {
  test('is the month before when it says nothing', () => {
    const asked = askedOf(address({}), TODAY);
    expect(daysOf('sales', asked, TODAY)).toEqual({ from: '2026-10-01', to: '2026-10-31' });
    expect(daysOf('daily_close', asked, TODAY)).toEqual({ from: TODAY, to: TODAY });
  });

  test('never lies after today, and what cannot be read is left out', () => {
    const asked = askedOf(
      address({ mois: '2027-01', jour: '2026-12-24', du: 'x', au: 'y' }),
      TODAY,
    );
    expect(asked).toEqual({ month: '2026-10', day: TODAY, free: undefined });
    expect(askedOf(address({ du: '2026-11-20', au: '2026-12-31' }), TODAY).free).toEqual({
      from: '2026-11-20',
      to: TODAY,
    });
  });

  test('what to order is of today, whatever the address says', () => {
    const asked = askedOf(address({ jour: '2026-11-01', mois: '2026-03' }), TODAY);
    expect(daysOf('low_stock', asked, TODAY)).toEqual({ from: TODAY, to: TODAY });
    expect(kindOf('low_stock')).toBe('low_stock');
    expect(kindOf('nothing')).toBe('daily_close');
  });
});
