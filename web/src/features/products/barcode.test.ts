import { expect, test } from 'vitest';
import { isGtin } from '@/scanner/scanner';
import { hasWrongCheckDigit, ownBarcode } from './barcode';

test('a slip of the finger shows in the check digit', () => {
  expect(hasWrongCheckDigit('5449000000996')).toBe(false);
  expect(hasWrongCheckDigit('5449000000997')).toBe(true);
});

test('a code of the shop itself has no check digit to be wrong', () => {
  expect(hasWrongCheckDigit('RIZ-KG')).toBe(false);
  expect(hasWrongCheckDigit('12345')).toBe(false);
});

test('own codes are right, and in the range that no maker uses', () => {
  let next = 0;
  const code = ownBarcode(() => (next = (next + 3) % 10));
  expect(code).toBe('2036925814703');
  for (let i = 0; i < 50; i += 1) {
    expect(isGtin(ownBarcode())).toBe(true);
    expect(ownBarcode()).toMatch(/^20\d{11}$/);
  }
});
