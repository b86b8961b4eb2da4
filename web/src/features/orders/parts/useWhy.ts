import { useTranslation } from 'react-i18next';
import { formatQuantity } from '@/format/quantity';
import type { Advice } from '../order';

/** Why this quantity, in words: need + reserve − in stock. */
export function useWhy(): (advice: Advice) => string {
  const { t } = useTranslation('orders');
  return (advice) => {
    const stock = formatQuantity(advice.on_hand);
    if (advice.need === null || advice.reserve === null) return t('why_level', { stock });
    return t('why_forecast', {
      need: formatQuantity(Math.round(advice.need)),
      reserve: formatQuantity(Math.round(advice.reserve)),
      stock,
    });
  };
}
