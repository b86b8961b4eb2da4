import { useTranslation } from 'react-i18next';
import { keepTogether } from '@/format/names';
import { formatQuantity, formatWithUnit, isMeasured } from '@/format/quantity';
import { cx } from '@/ui/cx';
import { QuantityField } from '@/ui/figures';
import styles from '../count.module.css';
import type { CountRow, Expected } from '../count';

/** The product that was scanned last, large: its figure can be set at once. */
export function Counted({
  row,
  onSet,
}: {
  row: CountRow;
  onSet: (product: Expected, milli: number) => void;
}) {
  const { t } = useTranslation('inventory');
  const { product, differenceMilli } = row;
  const off = formatWithUnit(Math.abs(differenceMilli) / 1000, product.unit);
  return (
    <section className={styles['now']} aria-label={t('count_last')} aria-live="polite">
      <h2>{keepTogether(product.name)}</h2>
      <div className={styles['nowFigures']}>
        <QuantityField
          label={t('counted_of', { name: product.name })}
          value={row.countedMilli / 1000}
          step={isMeasured(product.unit) ? 0.5 : 1}
          onChange={(quantity) => {
            onSet(product, Math.round(quantity * 1000));
          }}
        />
        <p>
          <span>{t('expected_is', { quantity: formatQuantity(row.expectedMilli / 1000) })}</span>
          <strong className={cx(differenceMilli < 0 && styles['lacking'])}>
            {differenceMilli === 0
              ? t('count_right')
              : t(differenceMilli < 0 ? 'lacking' : 'extra', { quantity: off })}
          </strong>
        </p>
      </div>
    </section>
  );
}
