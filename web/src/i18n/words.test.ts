import i18next from 'i18next';
import { beforeAll, describe, expect, test } from 'vitest';
import { problemSentence, fieldSentences, Problem } from '@/api/problem';
import { changeLanguage, startLanguages, withFrenchSpaces } from '.';

interface Catalogue {
  [key: string]: string | Catalogue;
}

const files = {
  ...import.meta.glob<{ default: Catalogue }>('./words/*.ts', { eager: true }),
  ...import.meta.glob<{ default: Catalogue }>('../features/*/words.*.ts', { eager: true }),
};

/** `a.b` to its sentence. */
function flat(words: Catalogue, before = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(words).flatMap(([key, value]) =>
      typeof value === 'string'
        ? [[before + key, value]]
        : Object.entries(flat(value, `${before}${key}.`)),
    ),
  );
}

const placeholders = (text: string) =>
  [...text.matchAll(/{{(\w+)}}/g)].map(([, name]) => name).sort();

const pairs = Object.keys(files)
  .filter((path) => path.endsWith('.fr.ts'))
  .map((path) => [path, path.replace('.fr.ts', '.en.ts')] as const);

describe.each(pairs)('%s', (french, english) => {
  const fr = flat(files[french]?.default ?? {});
  const en = flat(files[english]?.default ?? {});

  test('has the same keys in English', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(fr).sort());
  });

  test('has the same placeholders in English', () => {
    for (const [key, text] of Object.entries(fr)) {
      expect([key, placeholders(en[key] ?? '')]).toEqual([key, placeholders(text)]);
    }
  });

  test('has both plurals of what is counted', () => {
    for (const key of Object.keys(fr)) {
      if (key.endsWith('_one')) expect(fr).toHaveProperty([key.replace(/_one$/, '_other')]);
    }
  });
});

describe('words at work', () => {
  beforeAll(() => startLanguages('fr'));

  test('nothing is singular in French, a million is plural, and English differs', async () => {
    expect(i18next.t('net.queued', { count: 0 })).toBe('0 vente à envoyer');
    expect(i18next.t('net.queued', { count: 2 })).toBe('2 ventes à envoyer');
    expect(i18next.t('net.queued', { count: 1_000_000 })).toBe('1000000 ventes à envoyer');
    await changeLanguage('en');
    expect(i18next.t('net.queued', { count: 0 })).toBe('0 sales to send');
    expect(document.documentElement.lang).toBe('en');
    await changeLanguage('fr');
  });

  test('the high marks stand behind a space that does not break', () => {
    expect(withFrenchSpaces({ a: 'Quoi ? « Oui » : 16 %' })).toEqual({
      a: 'Quoi\u00a0? «\u00a0Oui\u00a0»\u00a0: 16\u00a0%',
    });
  });

  test('a refusal is worded with its figures, beside its field; an unknown one keeps its title', () => {
    const problem = new Problem(422, {
      code: 'request.validation_failed',
      errors: [
        {
          pointer: '/lines/0/discount_minor',
          code: 'money.finer_than_shown',
          detail: '',
          step_minor: 100,
        },
      ],
    });
    expect(problemSentence(problem)).toBe('Certains champs sont à corriger.');
    expect(fieldSentences(problem)).toEqual({
      'lines/0/discount_minor':
        'Ce montant est plus fin que la monnaie\u00a0: donnez un multiple de 1\u00a0FC.',
    });
    expect(problemSentence(new Problem(418, { code: 'new.code', title: 'Something new' }))).toBe(
      'Something new',
    );
  });
});
