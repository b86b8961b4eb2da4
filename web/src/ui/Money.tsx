import { currencySign, formatAmount, formatMoney } from '@/format/money';
import type { Currency } from '@/money/currencies';
import { cx } from './cx';
import styles from './Money.module.css';

/** A large figure with its currency about half its size. */
export function Figure({
  minor,
  currency,
  className,
  short,
}: {
  minor: number;
  currency: Currency;
  className?: string | undefined;
  short?: boolean;
}) {
  return (
    <span className={cx(styles['figure'], className)}>
      {formatAmount(minor, currency, { short: short ?? false })}
      <span className={styles['sign']}>{`\u00a0${currencySign(currency)}`}</span>
    </span>
  );
}

/** Money in running text. */
export function Money({ minor, currency }: { minor: number; currency: Currency }) {
  return <span className={styles['figure']}>{formatMoney(minor, currency)}</span>;
}

/** The accountant's double rule: under money totals, and nowhere else. */
export function DoubleRule({ children }: { children: React.ReactNode }) {
  return <span className={styles['total']}>{children}</span>;
}
