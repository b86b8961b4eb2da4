import { beforeEach, describe, expect, test } from 'vitest';
import {
  addDays,
  formatAge,
  formatDate,
  formatDay,
  formatMoment,
  formatReceiptMoment,
  formatWeekday,
  setTimeZone,
  shopDay,
} from './dates';
import { setFormatLanguage } from './locale';
import { formatAmount, formatCompact, formatMoney, formatRate, parseAmount } from './money';
import { formatPercent, formatQuantity, formatWithUnit, parseQuantity } from './quantity';

const plain = (text: string) => text.replace(/\u00a0/g, '_');

beforeEach(() => {
  setFormatLanguage('fr');
});

describe('money', () => {
  test('francs have no centimes, groups are U+00A0, minus is U+2212', () => {
    expect(plain(formatMoney(125_000_000, 'CDF'))).toBe('1_250_000_FC');
    expect(plain(formatMoney(-210_000, 'CDF'))).toBe('−2_100_FC');
    expect(plain(formatMoney(1250, 'USD'))).toBe('12,50_$');
    expect(plain(formatMoney(1000, 'USD', { short: true }))).toBe('10_$');
    expect(plain(formatAmount(1000, 'CDF', { signed: true }))).toBe('+10');
    expect(formatMoney(125_000_000, 'CDF')).not.toMatch(/\u202f/);
  });

  test('the ticks of a graph have one unit', () => {
    const ticks = [0, 40_000_000, 80_000_000, 160_000_000];
    const shown = ticks.map((tick) => plain(formatCompact(tick, 'CDF', 160_000_000)));
    expect(shown).toEqual(['0', '0,4_M', '0,8_M', '1,6_M']);
    expect(plain(formatCompact(4_000_000, 'CDF', 8_000_000))).toBe('40_k');
  });

  test('half a franc is shown as a franc', () => {
    expect(plain(formatAmount(504_827, 'CDF'))).toBe('5_048');
    expect(plain(formatAmount(50, 'CDF'))).toBe('1');
  });

  test('English puts the dollar before', () => {
    setFormatLanguage('en');
    expect(formatMoney(1250, 'USD')).toBe('$12.50');
    expect(plain(formatMoney(125_000_000, 'CDF'))).toBe('1,250,000_FC');
  });

  test('a rate reads from its side', () => {
    expect(plain(formatRate(2_851_000_000, 'base_per_foreign', 'USD', 'CDF'))).toBe(
      '1_$ = 2_851_FC',
    );
    expect(plain(formatRate(2_850_500_000, 'foreign_per_base', 'CDF', 'USD'))).toBe(
      '1_$ = 2_850,5_FC',
    );
  });

  test.each([
    ['12500', 'CDF', 1_250_000],
    ['12 500', 'CDF', 1_250_000],
    ['12.500', 'CDF', 1_250_000],
    ['1.250.000', 'CDF', 125_000_000],
    ['12,5', 'USD', 1250],
    ['12,50', 'USD', 1250],
    ['1 234,56', 'USD', 123_456],
    ['1.234,56', 'USD', 123_456],
    ['12,00', 'CDF', 1200],
    ['5', 'XAF', 5],
  ] as const)('%s in %s is %d', (text, currency, minor) => {
    expect(parseAmount(text, currency)).toEqual({ ok: true, minor });
  });

  test.each([
    ['', 'empty'],
    ['abc', 'not_a_number'],
    ['12,500', 'ambiguous'],
    ['1,2,3', 'ambiguous'],
    ['12,5', 'too_fine'],
  ] as const)('%s in francs is refused: %s', (text, why) => {
    expect(parseAmount(text, 'CDF')).toEqual({ ok: false, why });
  });

  test('in English the comma groups', () => {
    setFormatLanguage('en');
    expect(parseAmount('12,500', 'CDF')).toEqual({ ok: true, minor: 1_250_000 });
    expect(parseAmount('12.5', 'USD')).toEqual({ ok: true, minor: 1250 });
  });
});

test('quantities and shares', () => {
  expect(plain(formatQuantity(0.75, { pad: 3 }))).toBe('0,750');
  expect(plain(formatWithUnit(18.2, 'kg'))).toBe('18,2_kg');
  expect(plain(formatWithUnit(38, 'piece'))).toBe('38');
  expect(plain(formatPercent(0.119))).toBe('11,9_%');
  expect(parseQuantity('0,750')).toBe(0.75);
  expect(parseQuantity('0,7501')).toBeUndefined();
  expect(parseQuantity('-1')).toBeUndefined();
});

test('times are those of the shop', () => {
  setTimeZone('Africa/Lubumbashi');
  expect(shopDay('2026-11-28T22:30:00Z')).toBe('2026-11-29');
  expect(plain(formatMoment('2026-11-28T17:34:00Z'))).toBe('28 nov. 19:34');
  expect(addDays('2026-02-27', 3)).toBe('2026-03-02');
  const words = { seconds: 's', minutes: 'min', hours: 'h', days: 'j' };
  expect(plain(formatAge(93 * 60_000, words))).toBe('1_h_33');
});

test('the first of a month is "1er" in French, where the month is a word', () => {
  const first = '2026-06-01T10:00:00Z';
  expect([formatDay, formatWeekday, formatDate].map((write) => plain(write(first)))).toEqual([
    '1er juin',
    'lun. 1er juin',
    '1er juin 2026',
  ]);
  expect(plain(formatMoment(first))).toMatch(/^1er juin /);
  expect(formatReceiptMoment(first)).toMatch(/^01\/06\/2026 /);
  expect(plain(formatDay('2026-06-11T10:00:00Z'))).toBe('11 juin');
  setFormatLanguage('en');
  expect(plain(formatDay(first))).toBe('1 Jun');
});
