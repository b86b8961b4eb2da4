/** Quantities: at most three decimals, a unit that is quiet and never breaks away. */

import { numberFormat, tidy } from './locale';

const SHORT_UNITS: Record<string, string> = {
  kg: 'kg',
  g: 'g',
  litre: 'l',
  l: 'l',
  metre: 'm',
  m: 'm',
};

/** The sign of a unit that is measured; nothing for what is counted. */
export function unitSign(unit: string): string {
  return SHORT_UNITS[unit.toLowerCase()] ?? '';
}

/** True for what is weighed or measured: a press asks for the quantity. */
export function isMeasured(unit: string): boolean {
  return unitSign(unit) !== '';
}

/** "0,750"; padded only where a column of a ledger wants it. */
export function formatQuantity(
  quantity: number,
  options: { pad?: number; signed?: boolean } = {},
): string {
  const text = numberFormat({
    minimumFractionDigits: options.pad ?? 0,
    maximumFractionDigits: 3,
    signDisplay: options.signed ? 'exceptZero' : 'negative',
  }).format(quantity);
  return tidy(text);
}

/** "18,2 kg", "38". */
export function formatWithUnit(quantity: number, unit: string): string {
  const sign = unitSign(unit);
  return sign ? `${formatQuantity(quantity)}\u00a0${sign}` : formatQuantity(quantity);
}

/** "11,9 %" of a share in basis points or a ratio. */
export function formatPercent(
  ratio: number,
  options: { digits?: number; signed?: boolean } = {},
): string {
  const digits = options.digits ?? 1;
  const text = numberFormat({
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: options.signed ? 'exceptZero' : 'negative',
  }).format(ratio * 100);
  return `${tidy(text)}\u00a0%`;
}

/** Reads a typed quantity: comma or point, at most three decimals. */
export function parseQuantity(text: string): number | undefined {
  const compact = text.replace(/[\s\u00a0\u202f]/g, '').replace(',', '.');
  if (!/^\d+(\.\d{1,3})?$|^\.\d{1,3}$/.test(compact)) return undefined;
  const quantity = Number(compact);
  return quantity <= 1_000_000_000 ? quantity : undefined;
}
