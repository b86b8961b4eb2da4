import { formatAmount } from '@/format/money';
import { formatPercent, formatQuantity, unitSign } from '@/format/quantity';
import type { Currency } from '@/money/currencies';
import type { TaxMode } from '@/money/pricing';
import { cx } from '@/ui/cx';
import { DaysLeft } from '@/ui/marks';
import { marginOf } from '../margin';
import type { Figures, Listed } from '../queries';
import styles from '../products.module.css';

/** Nothing known: an en dash, read out as nothing. */
export const NONE = '–';

/** At or below the level at which one orders. */
export const isLow = (product: Pick<Listed, 'reorder_level' | 'on_hand'>): boolean =>
  product.reorder_level > 0 && product.on_hand <= product.reorder_level;

/** A quantity whose unit has a place of its own, so that digits stay under digits. */
export function Quantity({ value, unit, low }: { value: number; unit: string; low?: boolean }) {
  return (
    <span className={cx(styles['qty'], low && styles['low'])}>
      {low && '▼\u00a0'}
      {formatQuantity(value)}
      <span className={styles['unit']}>{unitSign(unit)}</span>
    </span>
  );
}

/** The margin of one unit, or its share; chili under the cost, with its minus. */
export function MarginFigure({
  product,
  taxMode,
  currency,
  share,
}: {
  product: Listed;
  taxMode: TaxMode;
  currency: Currency;
  share?: boolean;
}) {
  if (product.cost_minor === undefined) return NONE;
  const { marginMinor, ratio } = marginOf(
    product.price_minor,
    product.cost_minor,
    product.tax_rate_bp,
    taxMode,
  );
  const words = share
    ? ratio === undefined
      ? NONE
      : formatPercent(ratio, { digits: 0 }).replace(/\u00a0%$/, '')
    : formatAmount(marginMinor, currency);
  return <span className={marginMinor < 0 ? styles['under'] : undefined}>{words}</span>;
}

/** How long the stock is expected to last; chili where running out is likelier than not. */
export function Cover({ figures }: { figures: Figures | undefined }) {
  if (!figures || figures.days_left === null) return NONE;
  const { days_left: days, lead_time_days: lead, stock_out_probability: risk } = figures;
  return (
    <DaysLeft days={days} leadTimeDays={lead} isShort={risk === null ? days < lead : risk > 0.5} />
  );
}
