import type { TFunction } from 'i18next';
import { currencySign, formatMoney, formatAmount } from '@/format/money';
import { factsOf, type Currency } from '@/money/currencies';
import type { ChangeChoice } from '@/money/change';
import type { Paying, PayView, Tender } from '../core/pay';
import type { TillShop } from '../state/shop';

type T = TFunction<'till'>;

/** "10 $ + 3 300 FC" */
export function changeWords(lines: readonly { currency: Currency; amountMinor: number }[]): string {
  return lines
    .map((line) => formatMoney(line.amountMinor, line.currency, { short: true }))
    .join(' + ');
}

export function choiceNote(t: T, choice: ChangeChoice, base: Currency): string {
  if (choice.kind === 'advised') return t('change_advised');
  if (choice.kind === 'foreign') return t('change_foreign');
  return base === 'CDF' ? t('change_base') : t('change_base_other', { currency: base });
}

/** What a tender is called: "M-Pesa", "20,00 $ en espèces", "Espèces FC". */
export function tenderName(t: T, tender: Tender, shop: TillShop): string {
  if (tender.method === 'cash') {
    return tender.currency === shop.drawer.base
      ? t('cash_in', { sign: currencySign(tender.currency) })
      : t('cash_amount', { amount: formatMoney(tender.amountMinor, tender.currency) });
  }
  const wallet = shop.wallets.find(({ id }) => id === tender.account)?.name;
  return wallet ?? (tender.method === 'card' ? t('card') : t('mobile'));
}

/** Under it: the reference, or the rate at which it counts. */
export function tenderNote(t: T, tender: Tender, shop: TillShop): string | undefined {
  if (tender.reference) return t('ref', { reference: tender.reference });
  const rate = shop.drawer.rates[tender.currency];
  if (tender.currency === shop.drawer.base || !rate) return undefined;
  const perUnit =
    rate.side === 'base_per_foreign' ? rate.micros / 1_000_000 : 1_000_000 / rate.micros;
  const { exponent } = factsOf(shop.drawer.base);
  const shown = formatMoney(Math.round(perUnit * 10 ** exponent), shop.drawer.base);
  return t('at_rate', {
    amount: formatAmount(tender.amountMinor, tender.currency, { short: true }),
    rate: shown,
  });
}

/** Why the button does nothing, in words. */
export function refusalWords(t: T, refusal: PayView['refusal']): string | undefined {
  switch (refusal) {
    case 'reference_missing':
      return t('reference_missing');
    case 'payment.change_exceeds_cash':
      return t('too_much');
    case 'payment.rate_missing':
      return t('no_rate');
    case 'payment.unbalanced':
      return t('unbalanced');
    case 'payment.cash_step':
      return t('cash_step');
    default:
      return undefined;
  }
}

/** What the main button says. */
export function payButtonWords(t: T, view: PayView, paying: Paying): string {
  if (view.next !== 'add') return t('validate');
  const { amountMinor, currency } = paying.typing;
  return t('add_amount', { amount: formatMoney(amountMinor, currency, { short: true }) });
}
