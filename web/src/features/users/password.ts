// Without what is read in two ways on paper or by ear: 0 and o, 1, i and l.
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';

/** Three groups of four: easy to dictate, 59 bits. Every letter is equally likely. */
export function proposePassword(
  random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (bytes) => crypto.getRandomValues(bytes),
): string {
  const letters: string[] = [];
  const limit = 256 - (256 % LETTERS.length);
  while (letters.length < 12) {
    for (const byte of random(new Uint8Array(16))) {
      if (byte < limit && letters.length < 12) letters.push(LETTERS[byte % LETTERS.length] ?? '');
    }
  }
  return letters.join('').replace(/(.{4})(?=.)/g, '$1-');
}
