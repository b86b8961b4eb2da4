/**
 * The bars of a label, in modules: EAN-13, UPC-A and EAN-8 as GS1 draws them where a code is one, Code 128
 * for every other code. Pure.
 */
import { code128 } from '@/receipt/code128';
import { isGtin } from '@/scanner/scanner';

export interface Bar {
  x: number;
  width: number;
  /** Guard bars reach down between the digits. */
  isLong: boolean;
}

export interface BarSymbol {
  bars: Bar[];
  /** Without the quiet zones. */
  width: number;
  /** What has to stay white at the left and at the right. */
  quiet: readonly [left: number, right: number];
  /** The digits below the bars, each at the middle of its place; none for Code 128. */
  digits: { x: number; digit: string }[];
}

const A = '0001101 0011001 0010011 0111101 0100011 0110001 0101111 0111011 0110111 0001011'.split(
  ' ',
);
/** Right half: what is dark in A is light here. */
const C = A.map((bits) => [...bits].map((bit) => (bit === '1' ? '0' : '1')).join(''));
/** Left half, the other parity: the right half read backwards. */
const B = C.map((bits) => [...bits].reverse().join(''));
/** The first digit of an EAN-13 has no bars: it says which of the left six are of B. */
const PARITIES = 'AAAAAA AABABB AABBAB AABBBA ABAABB ABBAAB ABBBAA ABABAB ABABBA ABBABA'.split(' ');
const EDGE = '101';
const CENTRE = '01010';
const DIGIT = 7;

export function symbolOf(code: string): BarSymbol {
  if (isGtin(code)) {
    if (code.length === 13) return ean13(code);
    if (code.length === 12) return upcA(code);
    if (code.length === 8) return ean8(code);
  }
  return plain(code);
}

/** The modules of an EAN-13 in turn, 1 for dark. */
export function ean13Modules(code: string): string {
  const parity = PARITIES[Number(code[0])] ?? '';
  const left = [...code.slice(1, 7)].map(
    (digit, at) => (parity[at] === 'B' ? B : A)[Number(digit)],
  );
  const right = [...code.slice(7)].map((digit) => C[Number(digit)]);
  return [EDGE, ...left, CENTRE, ...right, EDGE].join('');
}

/** The modules of an EAN-8 in turn, 1 for dark. */
export function ean8Modules(code: string): string {
  const left = [...code.slice(0, 4)].map((digit) => A[Number(digit)]);
  const right = [...code.slice(4)].map((digit) => C[Number(digit)]);
  return [EDGE, ...left, CENTRE, ...right, EDGE].join('');
}

function ean13(code: string): BarSymbol {
  const isLong = (x: number) => x < 3 || x >= 92 || (x >= 45 && x < 50);
  return {
    bars: barsOf(ean13Modules(code), isLong),
    width: 95,
    quiet: [11, 7],
    digits: [
      { x: -6, digit: code[0] ?? '' },
      ...under(code.slice(1, 7), 3),
      ...under(code.slice(7), 50),
    ],
  };
}

/** The bars of an EAN-13 that begins with 0; first and last digit stand outside, their bars are long. */
function upcA(code: string): BarSymbol {
  const isLong = (x: number) => x < 10 || x >= 85 || (x >= 45 && x < 50);
  return {
    bars: barsOf(ean13Modules(`0${code}`), isLong),
    width: 95,
    quiet: [9, 9],
    digits: [
      { x: -5, digit: code[0] ?? '' },
      ...under(code.slice(1, 6), 3 + DIGIT),
      ...under(code.slice(6, 11), 50),
      { x: 100, digit: code[11] ?? '' },
    ],
  };
}

function ean8(code: string): BarSymbol {
  const isLong = (x: number) => x < 3 || x >= 64 || (x >= 31 && x < 36);
  return {
    bars: barsOf(ean8Modules(code), isLong),
    width: 67,
    quiet: [7, 7],
    digits: [...under(code.slice(0, 4), 3), ...under(code.slice(4), 36)],
  };
}

function plain(code: string): BarSymbol {
  const modules = code128(code)
    .map((width, at) => (at % 2 === 0 ? '1' : '0').repeat(width))
    .join('');
  return {
    bars: barsOf(modules, () => false),
    width: modules.length,
    quiet: [10, 10],
    digits: [],
  };
}

function under(digits: string, from: number): BarSymbol['digits'] {
  return [...digits].map((digit, at) => ({ x: from + at * DIGIT + DIGIT / 2, digit }));
}

function barsOf(modules: string, isLong: (x: number) => boolean): Bar[] {
  return [...modules.matchAll(/1+/g)].map(({ 0: dark, index }) => ({
    x: index,
    width: dark.length,
    isLong: isLong(index),
  }));
}
