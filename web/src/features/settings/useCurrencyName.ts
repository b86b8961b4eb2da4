import { useTranslation } from 'react-i18next';
import { locale } from '@/format/locale';
import type { Currency } from '@/money/currencies';

/** The name of a currency in the user's language: "franc congolais". */
export function useCurrencyName(): (currency: Currency) => string {
  // The names follow the language of the page.
  useTranslation();
  return (currency) =>
    new Intl.DisplayNames(locale(), { type: 'currency' }).of(currency) ?? currency;
}
