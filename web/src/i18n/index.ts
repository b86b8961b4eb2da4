/**
 * Languages: French is the source, English second. Each namespace is a file of its own, loaded when a
 * page first asks for it: `i18n/words/<namespace>.<language>.ts` for what all share,
 * `features/<namespace>/words.<language>.ts` for the rest.
 */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { setFormatLanguage, type Language } from '@/format/locale';

export type { Language } from '@/format/locale';

type Catalogue = Record<string, unknown>;
type Loader = () => Promise<{ default: Catalogue }>;

const files = {
  ...import.meta.glob<{ default: Catalogue }>('./words/*.ts'),
  ...import.meta.glob<{ default: Catalogue }>('../features/*/words.*.ts'),
} as Record<string, Loader>;

const STORED = 'salesflow.language';

function loaderOf(language: string, namespace: string): Loader | undefined {
  return (
    files[`./words/${namespace}.${language}.ts`] ??
    files[`../features/${namespace}/words.${language}.ts`]
  );
}

/** U+00A0 before the high marks and inside guillemets, so that nobody has to type it. */
export function withFrenchSpaces<T>(words: T): T {
  if (typeof words === 'string') {
    return words.replace(/ ([:;!?»%])/g, '\u00a0$1').replace(/« /g, '«\u00a0') as T;
  }
  if (words && typeof words === 'object') {
    return Object.fromEntries(
      Object.entries(words).map(([key, value]) => [key, withFrenchSpaces(value)]),
    ) as T;
  }
  return words;
}

export function storedLanguage(): Language {
  return localStorage.getItem(STORED) === 'en' ? 'en' : 'fr';
}

export function currentLanguage(): Language {
  return i18next.language === 'en' ? 'en' : 'fr';
}

function apply(language: Language): void {
  setFormatLanguage(language);
  document.documentElement.lang = language;
}

export async function startLanguages(language: Language = storedLanguage()): Promise<void> {
  apply(language);
  await i18next
    .use(initReactI18next)
    .use({
      type: 'backend',
      read(
        lng: string,
        namespace: string,
        done: (error: unknown, words: Catalogue | false) => void,
      ) {
        const load = loaderOf(lng, namespace);
        if (!load) {
          done(new Error(`there are no words for ${namespace} in ${lng}`), false);
          return;
        }
        load().then(
          (file) => {
            done(null, lng === 'fr' ? withFrenchSpaces(file.default) : file.default);
          },
          (error: unknown) => {
            done(error, false);
          },
        );
      },
    })
    .init({
      lng: language,
      supportedLngs: ['fr', 'en'],
      load: 'currentOnly',
      fallbackLng: false,
      ns: ['common', 'problems'],
      defaultNS: 'common',
      interpolation: { escapeValue: false },
      react: { useSuspense: true },
    });
  keepTwoPlurals();
}

/** French has a third plural, for whole millions; words here have two: `_one` and `_other`. */
function keepTwoPlurals(): void {
  const resolver = i18next.services.pluralResolver as {
    getSuffix: (code: string, count: number, options?: object) => string;
  };
  const before = resolver.getSuffix.bind(resolver);
  resolver.getSuffix = (code, count, options) =>
    before(code, count, options).replace('many', 'other');
}

/** Changes the language at once, on every page, and keeps the choice. */
export async function changeLanguage(language: Language): Promise<void> {
  localStorage.setItem(STORED, language);
  apply(language);
  await i18next.changeLanguage(language);
}
