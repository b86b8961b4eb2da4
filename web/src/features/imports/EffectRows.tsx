import { useTranslation } from 'react-i18next';
import { dayMoment, formatDate } from '@/format/dates';
import { currencySign, formatAmount } from '@/format/money';
import { formatQuantity } from '@/format/quantity';
import type { Currency } from '@/money/currencies';
import { cx } from '@/ui/cx';
import { DoubleRule } from '@/ui/Money';
import type { Import } from './api';
import styles from './imports.module.css';

const COUNTS = [
  'products_new',
  'products_changed',
  'categories_new',
  'products',
  'sales',
  'returns',
  'refunds',
  'movements',
] as const;
const MONEY = ['sold_minor', 'revenue_minor', 'discounts_minor', 'refunds_minor'] as const;

/** The effects that this kind of file has, as ruled rows; the money of the stock under a double rule. */
export function EffectRows({
  effects,
  currency,
}: {
  effects: Import['effects'];
  currency: Currency;
}) {
  const { t } = useTranslation('imports');
  const sign = currencySign(currency);
  const value = effects.stock_value_minor;
  return (
    <dl className={styles['effects']}>
      {COUNTS.map((name) => {
        const count = effects[name];
        return count === undefined ? null : (
          <div key={name}>
            <dt>{t(`effect.${name}`)}</dt>
            <dd>{formatQuantity(count)}</dd>
          </div>
        );
      })}
      {effects.units !== undefined && (
        <div>
          <dt>{t('effect.units')}</dt>
          <dd>{formatQuantity(effects.units, { signed: true })}</dd>
        </div>
      )}
      {effects.from && effects.to && (
        <div>
          <dt>{t('effect.days')}</dt>
          <dd>{`${formatDate(dayMoment(effects.from))} – ${formatDate(dayMoment(effects.to))}`}</dd>
        </div>
      )}
      {MONEY.map((name) => {
        const minor = effects[name];
        return minor === undefined ? null : (
          <div key={name}>
            <dt>{`${t(`effect.${name}`)}, ${sign}`}</dt>
            <dd>{formatAmount(minor, currency)}</dd>
          </div>
        );
      })}
      {value !== undefined && (
        <div className={styles['totalRow']}>
          <dt>
            <b>{`${t('effect.stock_value')}, ${sign}`}</b>
          </dt>
          <dd className={cx(value > 0 && styles['good'], value < 0 && styles['bad'])}>
            <DoubleRule>{formatAmount(value, currency, { signed: true })}</DoubleRule>
          </dd>
        </div>
      )}
    </dl>
  );
}
