/** The language that people read, and the locale that figures are written in. */

export type Language = 'fr' | 'en';

const LOCALES = { fr: 'fr-CD', en: 'en-GB' } as const;

let language: Language = 'fr';

/** Called by i18n/ when the language changes; everything that formats reads it. */
export function setFormatLanguage(next: Language): void {
  language = next;
}

export function locale(): string {
  return LOCALES[language];
}

/** U+00A0 wherever Intl writes U+202F, which fonts lack; minus is U+2212. */
export function tidy(text: string): string {
  return text.replace(/\u202f/g, '\u00a0').replace(/-(?=[\d\u00a0])/g, '\u2212');
}

const formats = new Map<string, Intl.NumberFormat>();

/** A number format of the current locale, made once. */
export function numberFormat(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale()} ${JSON.stringify(options)}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale(), options);
    formats.set(key, format);
  }
  return format;
}
