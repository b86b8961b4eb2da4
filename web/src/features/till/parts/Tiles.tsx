import { IconArrowUpRight, IconArrowDownRight } from '@tabler/icons-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { formatAmount, formatMoney } from '@/format/money';
import { formatQuantity, formatWithUnit, isMeasured, unitSign } from '@/format/quantity';
import type { Currency } from '@/money/currencies';
import { cx } from '@/ui/cx';
import { shelfOf, type TillProduct } from '../core/catalogue';
import styles from '../till.module.css';

/** The goods as ruled cells: name, price, what is left. No pictures, no gaps. */
export function Tiles({
  label,
  products,
  currency,
  quantityOf,
  onPress,
}: {
  label: string;
  products: readonly TillProduct[];
  currency: Currency;
  quantityOf: (id: string) => number;
  onPress: (product: TillProduct) => void;
}) {
  return (
    // Focusable, so that a keyboard can scroll it.
    <ul className={styles['tiles']} aria-label={label}>
      {products.map((product) => (
        <li key={product.id}>
          <Tile
            product={product}
            currency={currency}
            quantity={quantityOf(product.id)}
            onPress={onPress}
          />
        </li>
      ))}
    </ul>
  );
}

const Tile = memo(function Tile({
  product,
  currency,
  quantity,
  onPress,
}: {
  product: TillProduct;
  currency: Currency;
  quantity: number;
  onPress: (product: TillProduct) => void;
}) {
  const { t } = useTranslation('till');
  const shelf = shelfOf(product);
  const measured = isMeasured(product.unit);
  return (
    <button
      type="button"
      className={cx(
        styles['tile'],
        quantity > 0 && styles['has'],
        shelf === 'out' ? styles['none'] : shelf === 'low' && styles['low'],
      )}
      onClick={() => {
        onPress(product);
      }}
    >
      <span className={styles['name']}>{product.name}</span>
      <span className={styles['foot']}>
        <span className={cx(styles['price'], measured && styles['measured'])}>
          {formatMoney(product.priceMinor, currency)}
          {measured && <span className={styles['per']}>{`\u00a0/ ${unitSign(product.unit)}`}</span>}
        </span>
        <Stock product={product} currency={currency} />
      </span>
      {quantity > 0 && (
        <span className={styles['badge']}>
          <span aria-hidden="true">{formatQuantity(quantity, { pad: measured ? 3 : 0 })}</span>
          <span className="visually-hidden">
            {t('in_ticket', { quantity: formatWithUnit(quantity, product.unit) })}
          </span>
        </span>
      )}
    </button>
  );
});

/** What is left; a changed price stands in its place until the day is over. */
function Stock({ product, currency }: { product: TillProduct; currency: Currency }) {
  const { t } = useTranslation('till');
  const shelf = shelfOf(product);
  if (shelf === 'out') return <span className={styles['stock']}>{t('out')}</span>;
  // One decimal is enough to know whether there is some: the cell is narrow.
  const rounded = Math.round(product.onHand * 10) / 10;
  const count = formatWithUnit(rounded, product.unit);
  if (shelf === 'low')
    return (
      <span className={styles['stock']}>
        {isMeasured(product.unit) ? (
          // Beside a price per kilogram the word has no room: the mark and the colour say it.
          <>
            <span className="visually-hidden">{t('left', { quantity: count })}</span>
            <span aria-hidden="true">{count}</span>
          </>
        ) : (
          t('left', { quantity: count })
        )}
      </span>
    );
  if (product.priceBeforeMinor !== undefined) {
    const before = formatAmount(product.priceBeforeMinor, currency);
    const Arrow =
      product.priceMinor > product.priceBeforeMinor ? IconArrowUpRight : IconArrowDownRight;
    return (
      <span className={cx(styles['stock'], styles['before'])}>
        <Arrow size={14} stroke={2} aria-hidden />
        <span className="visually-hidden">{t('was', { price: before })}</span>
        <s aria-hidden="true">{before}</s>
      </span>
    );
  }
  return <span className={styles['stock']}>{count}</span>;
}
