/** Handing a receipt over: printed from a hidden page of its own, or shared as text. */

import i18next from 'i18next';
import { useSyncExternalStore } from 'react';
import { formatReceiptMoment } from '@/format/dates';
import { formatMoney } from '@/format/money';
import { formatQuantity } from '@/format/quantity';
import type { Receipt } from './model';

const PAPER = 'salesflow.paper';

/** The roll of this till's printer. */
export function paperWidth(): 80 | 58 {
  return localStorage.getItem(PAPER) === '58' ? 58 : 80;
}

export function setPaperWidth(width: 80 | 58): void {
  localStorage.setItem(PAPER, String(width));
}

let printing: Receipt | undefined;
const listeners = new Set<() => void>();

function setPrinting(next: Receipt | undefined): void {
  printing = next;
  listeners.forEach((listener) => {
    listener();
  });
}

export function usePrinting(): Receipt | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => printing,
  );
}

/** Prints a receipt without leaving the page: `PrintRoot` puts it on the paper instead of the page. */
export function printReceipt(receipt: Receipt): void {
  setPrinting(receipt);
}

export function donePrinting(): void {
  setPrinting(undefined);
}

/** The receipt as a message. */
export function receiptText(receipt: Receipt): string {
  const t = i18next.getFixedT(null, 'receipt');
  const money = (minor: number) => formatMoney(minor, receipt.currency);
  return [
    receipt.shop.name,
    ...receipt.shop.header,
    '',
    `${[t('ticket'), receipt.number, receipt.tillNumber].filter(Boolean).join(' ')}, ${formatReceiptMoment(receipt.at)}`,
    ...receipt.lines.map(
      (line) => `${formatQuantity(line.quantity)} × ${line.name} : ${money(line.totalMinor)}`,
    ),
    `${t('total')} ${money(receipt.totalMinor)}`,
    ...receipt.change.map(
      (line) =>
        `${t('back_in', { currency: line.currency })} ${formatMoney(line.amountMinor, line.currency)}`,
    ),
    ...receipt.shop.footer,
  ].join('\n');
}

/** Shares the receipt where the device can (WhatsApp and the like), else copies it. */
export async function shareReceipt(receipt: Receipt): Promise<boolean> {
  const text = receiptText(receipt);
  try {
    if ('share' in navigator) await navigator.share({ text });
    else await (navigator as Navigator).clipboard.writeText(text);
    return true;
  } catch {
    // Whoever was asked changed their mind.
    return false;
  }
}
