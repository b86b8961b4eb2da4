import { useTranslation } from 'react-i18next';
import { formatAmount, formatMoney, formatRate } from '@/format/money';
import { formatPercent } from '@/format/quantity';
import { toBase, toForeign } from '@/money/rates';
import { Figure } from '@/ui/Money';
import type { Ticket, Totals } from '../core/ticket';
import type { TillShop } from '../state/shop';
import styles from '../ticket.module.css';

/** Subtotal, discounts, tax, and the total in the largest type of the page on its double rule. */
export function TicketTotals({
  ticket,
  totals,
  shop,
  rows,
  children,
}: {
  ticket: Ticket;
  totals: Totals;
  shop: TillShop;
  /** The phone shows the foreign total as a row of its own. */
  rows?: boolean;
  children?: React.ReactNode;
}) {
  const { t } = useTranslation('till');
  const { currency } = shop.settings;
  const foreign = foreignTotal(totals.totalMinor, shop);
  const rate = shop.foreign && shop.drawer.rates[shop.foreign];
  const rates = new Set(ticket.lines.map((line) => line.taxRateBp).filter((bp) => bp > 0));
  const [only] = rates;
  const added = shop.settings.tax_mode === 'added';
  const percent =
    only === undefined ? '' : formatPercent(only / 10_000, { digits: only % 100 ? 2 : 0 });
  return (
    <div className={styles['totals']}>
      <dl>
        <div>
          <dt>{t('subtotal', { count: ticket.lines.length })}</dt>
          <dd>{formatAmount(totals.subtotalMinor, currency)}</dd>
        </div>
        {totals.discountMinor > 0 && (
          <div>
            <dt>{t('discounts')}</dt>
            <dd>{formatAmount(-totals.discountMinor, currency)}</dd>
          </div>
        )}
        {only !== undefined && (
          <div>
            <dt>
              {rates.size > 1
                ? t('tax_mixed')
                : added
                  ? t('tax_added', { rate: percent })
                  : t('tax_within', { rate: percent })}
            </dt>
            <dd>{formatAmount(totals.taxMinor, currency)}</dd>
          </div>
        )}
        {rows && foreign && rate && shop.foreign && (
          <div>
            <dt>
              {shop.foreign === 'USD'
                ? t('in_usd', { rate: formatMoney(toBase(100, rate, 'USD', currency), currency) })
                : t('in_foreign', {
                    currency: shop.foreign,
                    rate: formatRate(rate.micros, rate.side, shop.foreign, currency),
                  })}
            </dt>
            <dd>{foreign}</dd>
          </div>
        )}
      </dl>
      <div className={styles['total']}>
        <p>
          {t('total')}
          {foreign && <span className={styles['foreign']}>{foreign}</span>}
        </p>
        <Figure minor={totals.totalMinor} currency={currency} className={styles['sum']} />
      </div>
      {children}
    </div>
  );
}

/** The total in the other currency of the drawer. */
export function foreignTotal(minor: number, shop: TillShop): string | undefined {
  const foreign = shop.foreign;
  const rate = foreign && shop.drawer.rates[foreign];
  if (!rate) return undefined;
  return formatMoney(toForeign(minor, rate, foreign, shop.drawer.base), foreign);
}
