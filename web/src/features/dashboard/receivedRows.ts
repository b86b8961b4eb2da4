import type { Schemas } from '@/api/client';
import type { Currency } from '@/money/currencies';
import { sum } from '@/money/exact';

export interface ReceivedRow {
  key: string;
  method: Schemas['PaymentMethod'];
  isCash: boolean;
  account: string | undefined;
  currency: Currency;
  payments: number;
  inMinor: number | undefined;
  changeMinor: number | undefined;
  refundsMinor: number | undefined;
  netMinor: number | undefined;
  /** The net in the shop's currency; absent where refunds in another currency have no known rate. */
  baseMinor: number | undefined;
}

/**
 * One row for each method, currency and wallet. Credit is no money received, and not in the API's total:
 * it is added here, so that the column adds up.
 */
export function receivedRows(breakdown: Schemas['Breakdown']): {
  rows: ReceivedRow[];
  totalMinor: number | undefined;
  payments: number;
} {
  const own = breakdown.currency;
  const rows = breakdown.groups.flatMap((group): ReceivedRow[] => {
    const method = (group.key ?? 'unknown') as ReceivedRow['method'];
    const parts = group.currencies ?? [];
    return parts.map((part) => {
      const foreign = part.currency !== own;
      const refunds = part.refunds_minor ?? 0;
      return {
        key: [method, part.currency, part.account ?? ''].join(' '),
        method,
        isCash: method === 'cash',
        account: part.account,
        currency: part.currency,
        payments: part.payments,
        inMinor: part.in_minor,
        changeMinor: part.change_minor,
        refundsMinor: part.refunds_minor,
        netMinor: part.net_minor,
        baseMinor: !foreign ? part.net_minor : refunds === 0 ? part.base_minor : undefined,
      };
    });
  });
  const credit = breakdown.groups.find((group) => group.key === 'credit')?.net_minor ?? 0;
  const { net_minor: net } = breakdown.total;
  return {
    rows,
    totalMinor: net === undefined ? undefined : sum([net, credit]),
    payments: sum(rows.map((row) => row.payments)),
  };
}
