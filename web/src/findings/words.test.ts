import { renderHook } from '@testing-library/react';
import i18next from 'i18next';
import { beforeAll, describe, expect, test } from 'vitest';
import { startLanguages } from '@/i18n';
import { byGravity, findingDays, formatMeasure, useFindingWords, type Finding } from './words';

const plain = (text: string) => text.replace(/\u00a0/g, '_');

const silence = {
  id: '20261119-6d9fc5ea88866250',
  kind: 'silence',
  severity: 'medium',
  from: '2026-11-19',
  to: '2026-11-29',
  figures: { measure: 'units', actual: 18, expected: 67.952, expected_low: 52, expected_high: 84 },
  effect_minor: -3_228_569,
  explanation: { code: 'series.silence', params: { days: 11, ratio: 0.265, goes_on: false } },
} as Finding;

const words = () => renderHook(() => useFindingWords('CDF')).result.current;

beforeAll(async () => {
  await startLanguages('fr');
  await i18next.loadNamespaces('findings');
});

describe('a finding in words', () => {
  test('says what was seen and what was expected', () => {
    expect(words().kind(silence)).toBe('Silence');
    expect(plain(words().sentence(silence))).toBe('18 vendus en 11 j, 68 attendus');
  });

  test('money is money', () => {
    const voided = {
      ...silence,
      kind: 'void_after_cash',
      figures: { ...silence.figures, measure: 'minutes', actual: 42 },
      explanation: {
        code: 'void.after_cash',
        params: { number: 44771, sold_at: '', cash_minor: 2_500_000, reason: null },
      },
    } as Finding;
    expect(plain(words().sentence(voided))).toBe(
      'ticket 44_771, 25_000_FC en espèces, annulé 42_min après',
    );
    expect(plain(formatMeasure(786, 'minutes', 'CDF'))).toBe('13_h_06');
    expect(plain(formatMeasure(374_600, 'minor_per_unit', 'CDF'))).toBe('3_746_FC');
  });

  test('a code that this version does not know falls back to the kind', () => {
    const unknown = {
      ...silence,
      explanation: { code: 'series.new', params: {} },
    } as unknown as Finding;
    expect(words().sentence(unknown)).toBe('Silence');
  });

  test('its days are one, or a stretch with the month once', () => {
    expect(plain(findingDays({ from: '2026-10-18', to: '2026-10-18' }))).toBe('18 oct.');
    expect(plain(findingDays(silence))).toBe('19–29 nov.');
    expect(plain(findingDays({ from: '2026-10-30', to: '2026-11-02' }))).toBe('30 oct. – 2 nov.');
  });
});

test('the gravest come first, then those that cost most', () => {
  const all = [
    { ...silence, id: 'a', severity: 'low', effect_minor: -9_000_000 },
    { ...silence, id: 'b', severity: 'high', effect_minor: 100 },
    { ...silence, id: 'c', severity: 'high', effect_minor: -200 },
  ] as Finding[];
  expect([...all].sort(byGravity).map((finding) => finding.id)).toEqual(['c', 'b', 'a']);
});
