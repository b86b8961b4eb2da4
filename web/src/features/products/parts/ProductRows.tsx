import { useTranslation } from 'react-i18next';
import { formatMoney } from '@/format/money';
import { keepTogether } from '@/format/names';
import { formatPercent, formatWithUnit } from '@/format/quantity';
import { RowList } from '@/ui/RowList';
import { marginOf } from '../margin';
import type { Listed } from '../queries';
import styles from '../products.module.css';
import { Cover, isLow } from './figures';
import type { ProductListProps } from './ProductTable';

/** The catalogue on a phone: name and price; stock, how long it lasts, margin. */
export function ProductRows(list: ProductListProps) {
  const { t } = useTranslation('products');
  if (list.instead) return list.instead;
  return (
    <RowList
      label={t('title')}
      rows={list.products.map((product) => ({
        key: product.id,
        to: `/produits/${product.id}`,
        title: keepTogether(product.name),
        note: (
          <span className={styles['rowStock']}>
            <span className={isLow(product) ? styles['low'] : undefined}>
              {t('left', { quantity: formatWithUnit(product.on_hand, product.unit) })}
            </span>
            {product.figures && <Cover figures={product.figures} />}
          </span>
        ),
        figure: formatMoney(product.price_minor, list.currency),
        figureNote: <MarginWords product={product} {...list} />,
      }))}
    />
  );
}

function MarginWords({ product, taxMode }: { product: Listed } & ProductListProps) {
  const { t } = useTranslation('products');
  if (product.cost_minor === undefined) return null;
  const { ratio } = marginOf(product.price_minor, product.cost_minor, product.tax_rate_bp, taxMode);
  if (ratio === undefined) return null;
  return (
    <span className={ratio < 0 ? styles['under'] : undefined}>
      {t('margin_of', { share: formatPercent(ratio, { digits: 0 }) })}
    </span>
  );
}
