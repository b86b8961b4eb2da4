/** The order as a message to a supplier: names and quantities, no cost and no margin. */

import i18next from 'i18next';
import { formatDate } from '@/format/dates';
import { formatWithUnit } from '@/format/quantity';
import { toast } from '@/ui/toasts';
import type { OrderLine } from './order';

export function orderText(lines: readonly OrderLine[], shop: string, now = Date.now()): string {
  const t = i18next.getFixedT(null, 'orders');
  return [
    t('message_head', { shop, date: formatDate(now) }),
    '',
    ...lines.map(
      ({ advice, quantity }) => `- ${advice.name} : ${formatWithUnit(quantity, advice.unit)}`,
    ),
  ].join('\n');
}

/** Shares where the device can, else copies; who was asked may have changed their mind. */
export async function shareText(text: string, copied: string): Promise<void> {
  try {
    if ('share' in navigator) await navigator.share({ text });
    else {
      await (navigator as Navigator).clipboard.writeText(text);
      toast(copied);
    }
  } catch {
    // Nothing was sent, nothing is lost.
  }
}
