import { useTranslation } from 'react-i18next';
import { formatMoney } from '@/format/money';
import { keepTogether } from '@/format/names';
import { formatWithUnit } from '@/format/quantity';
import { CheckField } from '@/ui/fields';
import { amountMinor, isOther } from '../order';
import styles from '../orders.module.css';
import { Cover, type OrderListProps } from './OrderTable';
import { OtherRisk } from './OtherRisk';
import { QuantityBox } from './QuantityBox';
import { useWhy } from './useWhy';

/** The order on a phone: each product with its reason and the quantity to order. */
export function OrderRows({ lines, currency, instead, onChange }: OrderListProps) {
  const { t } = useTranslation('orders');
  const why = useWhy();
  if (instead) return instead;
  return (
    <ul className={styles['rows']} aria-label={t('title')}>
      {lines.map((line) => {
        const { advice } = line;
        return (
          <li key={advice.product_id}>
            <div className={styles['rowHead']}>
              <CheckField
                checked={line.chosen}
                onChange={(event) => {
                  onChange(advice.product_id, { chosen: event.target.checked });
                }}
              >
                <b>{keepTogether(advice.name)}</b>
              </CheckField>
              <QuantityBox
                label={t('quantity_of', { name: advice.name })}
                value={line.quantity}
                onChange={(quantity) => {
                  onChange(advice.product_id, { quantity });
                }}
              />
            </div>
            <div className={styles['rowNotes']}>
              <span className={advice.on_hand <= 0 ? styles['out'] : undefined}>
                {t('stays', { quantity: formatWithUnit(advice.on_hand, advice.unit) })}
              </span>
              <Cover line={line} />
              <b>{formatMoney(line.chosen ? amountMinor(line, currency) : 0, currency)}</b>
            </div>
            <small className={styles['quiet']}>{why(advice)}</small>
            {isOther(line) && <OtherRisk line={line} />}
          </li>
        );
      })}
    </ul>
  );
}
