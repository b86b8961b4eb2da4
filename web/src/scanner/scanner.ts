/**
 * The scanner: a keyboard that types faster than a person. Keys less than 35 ms apart are a burst; six
 * or more of them, ended by Enter or Tab, are a code, wherever the focus is. The keys of a burst are
 * swallowed, so that none of them presses anything; what turns out to be no code is given back.
 *
 * Pure: keys in, decisions out. `useScanner` ties it to the document.
 */

export interface Key {
  /** The physical key, as a QWERTY keyboard names it; empty on some phones. */
  code: string;
  /** What the layout makes of it. */
  key: string;
  /** Milliseconds, of the event itself. */
  time: number;
  shift?: boolean;
  /** Ctrl, Alt or Meta: never part of a code. */
  modified?: boolean;
}

export interface Decision {
  /** Keep the key from everybody else. */
  swallow: boolean;
  /** A code was read: how it may be meant, the likeliest first. */
  scan?: string[];
  /** Keys that were swallowed and are no code: to be typed where the focus is. */
  replay?: string;
}

const GAP_MS = 35;
/** Some scanners take a little longer before they press Enter. */
const END_GAP_MS = 80;
const LEAST = 6;

const PUNCTUATION: Record<string, string> = {
  Minus: '-',
  Equal: '=',
  Period: '.',
  Comma: ',',
  Slash: '/',
  Space: ' ',
  Semicolon: ';',
  NumpadDecimal: '.',
  NumpadDivide: '/',
  NumpadMultiply: '*',
  NumpadSubtract: '-',
  NumpadAdd: '+',
};

/** The upper row of an AZERTY keyboard without Shift: what a QWERTY scanner types there. */
const AZERTY_ROW: Record<string, string> = {
  '&': '1',
  é: '2',
  '"': '3',
  "'": '4',
  '(': '5',
  '-': '6',
  è: '7',
  _: '8',
  ç: '9',
  à: '0',
};

/** What a QWERTY scanner meant with a physical key. Undefined for keys that type nothing. */
export function characterOf(key: Key): string | undefined {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(key.code)?.[1];
  if (digit !== undefined) return digit;
  const letter = /^Key([A-Z])$/.exec(key.code)?.[1];
  if (letter !== undefined) return key.shift ? letter : letter.toLowerCase();
  const mark = PUNCTUATION[key.code];
  if (mark !== undefined) return mark;
  return key.key.length === 1 ? key.key : undefined;
}

/** Digits out of the upper row of AZERTY, for keys without a physical name. */
export function fromAzerty(text: string): string {
  return [...text].map((character) => AZERTY_ROW[character] ?? character).join('');
}

/** The check digit of 8, 12, 13 and 14 digits (GTIN) is right. */
export function isGtin(code: string): boolean {
  if (!/^(\d{8}|\d{12,14})$/.test(code)) return false;
  const digits = [...code].map(Number).reverse();
  const sum = digits.reduce((total, digit, index) => total + digit * (index % 2 === 1 ? 3 : 1), 0);
  return sum % 10 === 0;
}

export class ScannerDecoder {
  #physical = '';
  #typed = '';
  #last = -Infinity;

  /** A key goes down. */
  feed(key: Key): Decision {
    const gap = key.time - this.#last;
    if (key.key === 'Enter' || key.key === 'Tab') return this.#end(gap);
    if (key.key === 'Shift') return { swallow: false };
    const character = key.modified ? undefined : characterOf(key);
    if (character === undefined) {
      const replay = this.#drop();
      return replay ? { swallow: false, replay } : { swallow: false };
    }
    if (this.#physical !== '' && gap < GAP_MS) {
      this.#push(key, character);
      return { swallow: true };
    }
    const replay = this.#drop();
    this.#push(key, character);
    return replay ? { swallow: false, replay } : { swallow: false };
  }

  /** Nothing came for a while: what was held back and is no code goes where it was meant for. */
  rest(time: number): string | undefined {
    if (time - this.#last < END_GAP_MS) return undefined;
    return this.#drop() || undefined;
  }

  /** True while keys are held back that `rest` may have to give back. */
  get isHolding(): boolean {
    return this.#typed.length > 1;
  }

  #push(key: Key, character: string): void {
    this.#physical += character;
    this.#typed += key.key.length === 1 ? key.key : character;
    this.#last = key.time;
  }

  #end(gap: number): Decision {
    const [physical, typed] = [this.#physical, this.#typed];
    const isCode = [...physical].length >= LEAST && gap < END_GAP_MS;
    if (!isCode) {
      const replay = this.#drop();
      return replay ? { swallow: false, replay } : { swallow: false };
    }
    this.#drop();
    const ways = [...new Set([physical, typed, fromAzerty(typed)])];
    // A right check digit says which of them was meant.
    return {
      swallow: true,
      scan: ways.sort((a, b) => Number(isGtin(b)) - Number(isGtin(a))),
    };
  }

  /** Forgets the burst; what was swallowed of it is all but its first key. */
  #drop(): string {
    const held = [...this.#typed].slice(1).join('');
    this.#physical = '';
    this.#typed = '';
    this.#last = -Infinity;
    return held;
  }
}
