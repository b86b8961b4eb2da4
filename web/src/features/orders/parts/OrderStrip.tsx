import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ratesQuery } from '@/api/queries';
import { currencySign, formatMoney, parseAmount } from '@/format/money';
import type { Currency } from '@/money/currencies';
import { toForeign } from '@/money/rates';
import { Figure } from '@/ui/Money';
import { Strip } from '@/ui/Strip';
import type { Totals } from '../order';
import styles from '../orders.module.css';

/** What the order costs, what it protects, how much of the list it is, and a budget for it. */
export function OrderStrip({
  totals,
  count,
  currency,
  onBudget,
}: {
  totals: Totals;
  count: number;
  currency: Currency;
  onBudget: (minor: number | undefined) => void;
}) {
  const { t } = useTranslation('orders');
  const { data: rates } = useQuery(ratesQuery);
  const rate = rates?.[0];
  const foreign =
    rate &&
    toForeign(
      totals.costMinor,
      { micros: rate.rate_micros, side: rate.rate_side },
      rate.currency,
      currency,
    );
  return (
    <Strip
      items={[
        {
          label: t('order_cost'),
          value: <Figure minor={totals.costMinor} currency={currency} />,
          note:
            rate && foreign !== undefined
              ? t('at_rate', { amount: formatMoney(foreign, rate.currency) })
              : undefined,
        },
        {
          label: t('protected'),
          value: <Figure minor={totals.salesAtRiskMinor} currency={currency} />,
          note: t('protected_note'),
        },
        {
          label: t('products'),
          value: t('of', { chosen: totals.chosen, count }),
          note: t('products_note'),
        },
        {
          label: t('budget'),
          value: <Budget currency={currency} onBudget={onBudget} />,
          note: t('budget_note'),
        },
      ]}
    />
  );
}

function Budget({
  currency,
  onBudget,
}: {
  currency: Currency;
  onBudget: (minor: number | undefined) => void;
}) {
  const { t } = useTranslation('orders');
  const [text, setText] = useState('');
  const say = () => {
    const parsed = parseAmount(text, currency);
    onBudget(parsed.ok ? parsed.minor : undefined);
  };
  return (
    <input
      className={styles['budget']}
      inputMode="decimal"
      autoComplete="off"
      aria-label={t('budget_field', { sign: currencySign(currency) })}
      placeholder={t('budget_placeholder', { sign: currencySign(currency) })}
      value={text}
      onChange={(event) => {
        setText(event.target.value);
      }}
      onBlur={say}
      onKeyDown={(event) => {
        if (event.key === 'Enter') say();
      }}
    />
  );
}
