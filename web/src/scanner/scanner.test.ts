import { describe, expect, test } from 'vitest';
import { isGtin, ScannerDecoder, type Decision, type Key } from './scanner';

/** Types a text as a QWERTY scanner does, seen through a layout. */
function type(
  decoder: ScannerDecoder,
  text: string,
  options: {
    gap?: number;
    end?: string;
    layout?: (digit: string) => string;
    bare?: boolean;
    from?: number;
  } = {},
): Decision[] {
  const { gap = 8, end = 'Enter', layout = (c) => c, bare = false } = options;
  let time = options.from ?? 1000;
  const keys: Key[] = [...text].map((character) => ({
    code: bare ? '' : /\d/.test(character) ? `Digit${character}` : `Key${character.toUpperCase()}`,
    key: layout(character),
    time: (time += gap),
  }));
  if (end) keys.push({ code: end, key: end, time: time + gap });
  return keys.map((key) => decoder.feed(key));
}

const azerty = (digit: string) => 'à&é"\'(-è_ç'[Number(digit)] ?? digit;

describe('a scan', () => {
  test('is read from the physical keys, whatever the layout, and its Enter presses nothing', () => {
    const decisions = type(new ScannerDecoder(), '6161100601234', { layout: azerty });
    expect(decisions.at(-1)?.scan?.[0]).toBe('6161100601234');
    expect(decisions.at(-1)?.swallow).toBe(true);
    expect(decisions.slice(1).every((decision) => decision.swallow)).toBe(true);
  });

  test('may end with Tab', () => {
    expect(type(new ScannerDecoder(), '123456', { end: 'Tab' }).at(-1)?.scan?.[0]).toBe('123456');
  });

  test('without physical keys, digits come out of the AZERTY row', () => {
    const decisions = type(new ScannerDecoder(), '5449000000996', { layout: azerty, bare: true });
    expect(decisions.at(-1)?.scan?.[0]).toBe('5449000000996');
  });

  test('the way with a right check digit comes first', () => {
    const decisions = type(new ScannerDecoder(), '5449000000996', { layout: azerty });
    const ways = decisions.at(-1)?.scan ?? [];
    expect(ways[0]).toBe('5449000000996');
    expect(isGtin(ways[0] ?? '')).toBe(true);
  });
});

describe('a person', () => {
  test('types slower, and every key passes', () => {
    const decisions = type(new ScannerDecoder(), '1234567', { gap: 60 });
    expect(decisions.every((decision) => !decision.swallow && !decision.scan)).toBe(true);
  });

  test('who rolls over two keys gets them back', () => {
    const decoder = new ScannerDecoder();
    expect(type(decoder, 'ab', { gap: 20, end: '' }).map((d) => d.swallow)).toEqual([false, true]);
    expect(decoder.isHolding).toBe(true);
    expect(decoder.rest(2000)).toBe('b');
    expect(decoder.rest(3000)).toBeUndefined();
  });

  test('a short burst and Enter is no code, and its keys come back before the Enter', () => {
    const last = type(new ScannerDecoder(), '123').at(-1);
    expect(last).toEqual({ swallow: false, replay: '23' });
  });

  test('shortcuts are left alone', () => {
    const decoder = new ScannerDecoder();
    const key = { code: 'KeyK', key: 'k', time: 1, modified: true };
    expect(decoder.feed(key)).toEqual({ swallow: false });
    expect(decoder.feed({ code: 'F9', key: 'F9', time: 2 })).toEqual({ swallow: false });
  });
});

test('check digits', () => {
  expect(['5449000000996', '96385074', '036000291452', '10614141000415'].map(isGtin)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(['5449000000995', '12345', ''].map(isGtin)).toEqual([false, false, false]);
});
