import { useTranslation } from 'react-i18next';
import { formatQuantity } from '@/format/quantity';
import type { Advice } from '../order';

/** Why this quantity, in words: need + reserve − in stock. */
export function useWhy(): (advice: Advice) => string {
  const { t } = useTranslation('orders');
  return (advice) => {
    const stock = formatQuantity(advice.on_hand);
    if (advice.basis === 'reorder_level' || advice.safety_stock === null) {
      return t('why_level', { level: formatQuantity(advice.why.reorder_level), stock });
    }
    return t('why_forecast', {
      need: formatQuantity(
        Math.round((advice.why.expected_demand ?? 0) + (advice.why.review_demand ?? 0)),
      ),
      reserve: formatQuantity(Math.round(advice.safety_stock)),
      stock,
    });
  };
}
