/** Barcodes of goods: what a check digit says, and codes for what has none. Pure. */

import { isGtin } from '@/scanner/scanner';

/** Digits of a length that has a check digit, and the check digit is wrong: one was typed wrong. */
export function hasWrongCheckDigit(code: string): boolean {
  return /^(\d{8}|\d{12,14})$/.test(code) && !isGtin(code);
}

/** The check digit behind twelve digits. */
function checkDigit(digits: string): number {
  const sum = [...digits].reduce(
    (total, digit, index) => total + Number(digit) * (index % 2 === 1 ? 3 : 1),
    0,
  );
  return (10 - (sum % 10)) % 10;
}

/** A code of the shop's own: EAN-13 in the range that is kept for use inside a shop (20 to 29). */
export function ownBarcode(random: () => number = randomDigit): string {
  const body = `20${Array.from({ length: 10 }, random).join('')}`;
  return `${body}${checkDigit(body)}`;
}

function randomDigit(): number {
  return (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % 10;
}
