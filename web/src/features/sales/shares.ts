/**
 * What a part of a line is worth that comes back: `sales::orders::shares` of the server in TypeScript.
 * It is shown before anybody confirms; what the server pays back is what counts. Pure.
 */

import type { Schemas } from '@/api/client';
import { shownStep } from '@/money/currencies';
import { bounded, divHalfUp, integer, sum, thousandths } from '@/money/exact';

type Sale = Schemas['Sale'];
type Line = Schemas['SaleLine'];

/** How much of a line can still come back, thousandths. */
export function leftMilli(line: Line): number {
  return thousandths(line.quantity) - thousandths(line.refunded_quantity);
}

/** What went back of a line so far, money. */
export function paidBackMinor(sale: Sale, line: Line): number {
  return sum(
    sale.refunds
      .flatMap((refund) => refund.lines)
      .filter((returned) => returned.sale_line_id === line.id)
      .map((returned) => returned.total_minor),
  );
}

/** The money of a part of a line; undefined where less than that is left. */
export function partMinor(sale: Sale, line: Line, milli: number): number | undefined {
  const sold = thousandths(line.quantity);
  const after = thousandths(line.refunded_quantity) + milli;
  if (milli <= 0 || after > sold) return undefined;
  const back = paidBackMinor(sale, line);
  if (after === sold) return line.total_minor - back;
  const shown = shownStep(sale.currency);
  const step = line.total_minor % shown === 0 && back % shown === 0 ? shown : 1;
  const by = integer(step);
  const until = bounded(
    divHalfUp(integer(line.total_minor) * integer(after), integer(sold) * by) * by,
  );
  const left = Math.max(0, line.total_minor - back);
  return Math.min(left, Math.max(0, until - back));
}
