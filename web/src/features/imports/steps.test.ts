import { describe, expect, test } from 'vitest';
import { pastedFile } from './api';
import { stepOf } from './steps';

const layout = { columns: [], fields: [], sheets: [], questions: [] };

describe('an import goes on where it was left', () => {
  test.each([
    ['mapping', undefined, 'colonnes'],
    ['mapping', 'verification', 'colonnes'],
    ['previewed', undefined, 'verification'],
    ['previewed', 'colonnes', 'colonnes'],
    ['previewed', 'validation', 'verification'],
    ['previewed', 'nonsense', 'verification'],
    ['committed', undefined, 'validation'],
    ['committed', 'verification', 'verification'],
    ['expired', 'colonnes', 'validation'],
  ] as const)('%s at "%s" is %s', (state, word, step) => {
    expect(stepOf(word, { state, layout })).toBe(step);
  });

  test('columns that the server did not keep cannot be looked at', () => {
    expect(stepOf('colonnes', { state: 'previewed' })).toBe('verification');
  });
});

describe('what is pasted', () => {
  test('is a file when it is a table', () => {
    const file = pastedFile('Code\tPrix\r\nRIZ\t3600\r\n');
    expect(file?.name).toBe('collage.tsv');
    expect(file?.size).toBe(21);
    expect(file?.type).toBe('text/tab-separated-values');
  });

  test('is none when it is a word', () => {
    expect(pastedFile('bonjour')).toBeUndefined();
    expect(pastedFile('\n\n')).toBeUndefined();
  });
});
