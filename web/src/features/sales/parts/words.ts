import { useTranslation } from 'react-i18next';
import { currencySign } from '@/format/money';
import { numberFormat, tidy } from '@/format/locale';
import type { Schemas } from '@/api/client';
import type { Sale } from '../queries';

/** A number as it stands on the ticket: in groups, so that it can be read out. */
export function shownNumber(number: number): string {
  return tidy(numberFormat({ maximumFractionDigits: 0 }).format(number));
}

type Money = Pick<Schemas['Payment'], 'method' | 'currency' | 'account_name'>;

/** How money moved: "Espèces FC", "M-Pesa". */
export function useMethodWords(): (money: Money) => string {
  const { t } = useTranslation('sales');
  return (money) =>
    money.account_name ??
    (money.method === 'cash'
      ? t('cash_in', { sign: currencySign(money.currency) })
      : t(`methods.${money.method}`));
}

/** The ways in which a sale was paid, each once. */
export function useMethods(): (sale: Sale) => string {
  const words = useMethodWords();
  return (sale) => [...new Set(sale.payments.map(words))].join(', ');
}
