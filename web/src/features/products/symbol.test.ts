import { expect, test } from 'vitest';
import { ean13Modules, ean8Modules, symbolOf } from './symbol';

test('an EAN-13 has the bars of the standard', () => {
  // The example of the encoding that is printed everywhere: first digit 4, parity ABAABB.
  expect(ean13Modules('4003994155486')).toBe(
    [
      '101',
      '0001101 0100111 0111101 0001011 0010111 0011101'.replaceAll(' ', ''),
      '01010',
      '1100110 1001110 1001110 1011100 1001000 1010000'.replaceAll(' ', ''),
      '101',
    ].join(''),
  );
  // First digit 0: all left digits of A, as a UPC-A has them.
  expect(ean13Modules('0036000291452').slice(3, 45)).toBe(
    '0001101 0111101 0101111 0001101 0001101 0001101'.replaceAll(' ', ''),
  );
});

test('an EAN-8 has the bars of the standard', () => {
  expect(ean8Modules('96385074')).toBe(
    [
      '101',
      '0001011 0101111 0111101 0110111'.replaceAll(' ', ''),
      '01010',
      '1001110 1110010 1000100 1011100'.replaceAll(' ', ''),
      '101',
    ].join(''),
  );
});

test.each([
  ['4003994155486', 95, [11, 7], 6],
  ['036000291452', 95, [9, 9], 10],
  ['96385074', 67, [7, 7], 6],
])('%s: width, quiet zones and guards', (code, width, quiet, guards) => {
  const symbol = symbolOf(code);
  expect(symbol.width).toBe(width);
  expect(symbol.quiet).toEqual(quiet);
  expect(symbol.bars.filter(({ isLong }) => isLong)).toHaveLength(guards);
  expect(symbol.digits.map(({ digit }) => digit).join('')).toBe(code);
  const last = symbol.bars.at(-1)!;
  expect(last.x + last.width).toBe(width);
  // Each digit stands within the symbol or its quiet zone, from left to right.
  const places = symbol.digits.map(({ x }) => x);
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places[0]).toBeGreaterThan(-quiet[0]!);
  expect(places.at(-1)).toBeLessThan(width + quiet[1]!);
});

test('every other code is a Code 128 between quiet zones', () => {
  for (const code of ['4003994155487', 'SUC-1KG', '10012345678902', '1234567', '']) {
    const symbol = symbolOf(code);
    expect(symbol.digits, code).toEqual([]);
    expect(symbol.quiet, code).toEqual([10, 10]);
    // Start, check and stop at least: 11, 11 and 13 modules.
    expect(symbol.width, code).toBeGreaterThanOrEqual(35);
  }
});

test('every first digit has a parity of its own', () => {
  const made = Array.from({ length: 10 }, (_, first) => ean13Modules(`${first}111111000000`));
  expect(new Set(made).size).toBe(10);
  for (const modules of made) expect(modules).toHaveLength(95);
});
