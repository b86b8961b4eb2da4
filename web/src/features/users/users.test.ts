import { expect, test } from 'vitest';
import { roleMay } from '@/auth/roles';
import { changesOf, deedFigures, plainValue, type Entry } from './deeds';
import { MATRIX } from './matrix';
import { proposePassword } from './password';
import fr from './words.fr';

const entry = (over: Partial<Entry>): Entry => ({
  id: '1',
  recorded_at: '2026-11-30T10:00:00Z',
  actor_id: null,
  actor_name: null,
  action: 'user.login',
  entity: 'user',
  entity_id: '2',
  entity_name: null,
  address: '127.0.0.1',
  ...over,
});

test('a deed names its figures, from after or else from before', () => {
  const voided = entry({
    action: 'sale.void',
    entity: 'sale',
    before: { state: 'completed', number: 3304, total_minor: 120_000 },
    after: { state: 'voided', reason: 'erreur de caisse' },
  });
  expect(deedFigures(voided, 'CDF')).toMatchObject({
    number: '3304',
    total: '1\u00a0200\u00a0FC',
    reason: 'erreur de caisse',
  });
  const rate = { currency: 'USD', rate_micros: 2_754_000_000, rate_side: 'base_per_foreign' };
  expect(deedFigures(entry({ action: 'rate.create', after: rate }), 'CDF').rate).toBe(
    '1\u00a0$ = 2\u00a0754\u00a0FC',
  );
  expect(deedFigures(entry({}), 'CDF')).toEqual({});
  // A deed that says nothing of the thing itself names it as it is called now.
  expect(deedFigures(entry({ entity_name: 'Sucre 1 kg' }), 'CDF').name).toBe('Sucre 1 kg');
});

test('a change lists the fields that differ, not its bookkeeping', () => {
  const update = entry({
    action: 'product.update',
    before: { name: 'Sel', price_minor: 50_000, barcodes: ['1'], version: 1 },
    after: { name: 'Sel', price_minor: 60_000, barcodes: ['1'], version: 2 },
  });
  expect(changesOf(update)).toEqual([{ field: 'price_minor', from: 50_000, to: 60_000 }]);
  expect(changesOf(entry({ action: 'user.create', after: { name: 'x' } }))).toEqual([]);
});

test('values read by the ending of their field', () => {
  expect(plainValue('price_minor', 60_000, 'CDF')).toBe('600\u00a0FC');
  expect(plainValue('service_level_bp', 9500, 'CDF')).toBe('95\u00a0%');
  expect(plainValue('barcodes', [], 'CDF')).toBeUndefined();
  expect(plainValue('name', '', 'CDF')).toBeUndefined();
});

test('a proposed password is long, can be dictated, and never the same', () => {
  const proposals = Array.from({ length: 200 }, () => proposePassword());
  for (const proposal of proposals)
    expect(proposal).toMatch(/^([a-hj-kmnp-z2-9]{4}-){2}[a-hj-kmnp-z2-9]{4}$/);
  expect(new Set(proposals).size).toBe(proposals.length);
});

test('bytes that would favour a letter are thrown away', () => {
  const bytes = [255, 254, 248, 0, 1, 30];
  let at = 0;
  const password = proposePassword((array) => array.map(() => bytes[at++ % bytes.length] ?? 0));
  expect(new Set(password.replaceAll('-', ''))).toEqual(new Set(['a', 'b', '9']));
});

test('every row of the matrix has words, and somebody may do it', () => {
  expect(MATRIX.map(([words]) => words).sort()).toEqual(Object.keys(fr.deed).sort());
  for (const [, deed] of MATRIX) expect(roleMay('admin', deed)).toBe(true);
});
