/** The till's own numbers for its sales, `C1-000482`: the name of the till, and its count. */

export const FIRST_NAME = 'C1';

/** The longest name: the number stays short enough for a 58 mm receipt. */
export const NAME_LENGTH = 4;

/** A letter, then letters and digits; undefined for anything else. */
export function parseTillName(text: string): string | undefined {
  const name = text.trim().toUpperCase();
  return name.length <= NAME_LENGTH && /^[A-Z][A-Z0-9]*$/.test(name) ? name : undefined;
}

export function numberOf(till: string, count: number): string {
  return `${till}-${String(count).padStart(6, '0')}`;
}
