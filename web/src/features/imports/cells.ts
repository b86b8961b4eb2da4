/** What stands in the columns of the check, by the kind of file: the value, and what it was before. */

import type { Schemas } from '@/api/client';
import { formatMoment } from '@/format/dates';
import { formatAmount } from '@/format/money';
import { formatPercent, formatQuantity } from '@/format/quantity';
import type { Currency } from '@/money/currencies';
import type { ImportKind, ImportRow, RowIssue } from './api';

export interface Cell {
  /** The word of its head. */
  head:
    | 'price'
    | 'cost'
    | 'stock'
    | 'tax_rate'
    | 'reorder_level'
    | 'location'
    | 'invoice'
    | 'date'
    | 'quantity'
    | 'unit_price'
    | 'discount'
    | 'category'
    | 'barcode';
  /** The fields whose issues are shown in it. */
  fields: readonly string[];
  figure: boolean;
  isMoney?: boolean;
  value: (row: ImportRow) => string | undefined;
  before?: (row: ImportRow) => string | undefined;
}

type Changes = Schemas['ImportChanges'];

const money = (minor: number | undefined, currency: Currency) =>
  minor === undefined ? undefined : formatAmount(minor, currency);
const quantity = (value: number | undefined, signed = false) =>
  value === undefined ? undefined : formatQuantity(value, { signed });
const share = (basisPoints: number | undefined) =>
  basisPoints === undefined ? undefined : formatPercent(basisPoints / 10_000);

function changed<K extends keyof Changes>(row: ImportRow, field: K): Changes[K] | undefined {
  return (row.changes as Changes | null)?.[field];
}

/** The stock that the shop has after the row, or what the row adds. */
function stockOf(row: ImportRow): string | undefined {
  const after = changed(row, 'on_hand')?.new ?? row.values.stock_set;
  return after === undefined ? quantity(row.values.stock_add, true) : quantity(after);
}

function productCells(currency: Currency): Cell[] {
  return [
    {
      head: 'price',
      fields: ['price'],
      figure: true,
      isMoney: true,
      value: (row) => money(row.values.price_minor, currency),
      before: (row) => money(changed(row, 'price_minor')?.old, currency),
    },
    {
      head: 'cost',
      fields: ['cost'],
      figure: true,
      isMoney: true,
      value: (row) => money(row.values.cost_minor, currency),
      before: (row) => money(changed(row, 'cost_minor')?.old, currency),
    },
    {
      head: 'tax_rate',
      fields: ['tax_rate'],
      figure: true,
      value: (row) => share(row.values.tax_rate_bp),
      before: (row) => share(changed(row, 'tax_rate_bp')?.old),
    },
    {
      head: 'reorder_level',
      fields: ['reorder_level'],
      figure: true,
      value: (row) => quantity(row.values.reorder_level),
      before: (row) => quantity(changed(row, 'reorder_level')?.old),
    },
    {
      head: 'category',
      fields: ['category'],
      figure: false,
      value: (row) => row.values.category?.at(-1),
      before: (row) => changed(row, 'category')?.old?.at(-1),
    },
    {
      head: 'barcode',
      fields: ['barcode'],
      figure: false,
      value: (row) => row.values.barcodes?.join(', '),
      before: (row) => changed(row, 'barcodes')?.old.join(', '),
    },
    stockCell,
  ];
}

const stockCell: Cell = {
  head: 'stock',
  fields: ['stock', 'stock_set', 'stock_add'],
  figure: true,
  value: stockOf,
  before: (row) => quantity(changed(row, 'on_hand')?.old),
};

function salesCells(currency: Currency): Cell[] {
  return [
    {
      head: 'invoice',
      fields: ['invoice'],
      figure: false,
      value: (row) => row.values.invoice,
    },
    {
      head: 'date',
      fields: ['date', 'time'],
      figure: false,
      value: (row) => row.values.occurred_at && formatMoment(row.values.occurred_at),
    },
    {
      head: 'quantity',
      fields: ['quantity'],
      figure: true,
      value: (row) => quantity(row.values.quantity),
    },
    {
      head: 'unit_price',
      fields: ['price'],
      figure: true,
      isMoney: true,
      value: (row) => money(row.values.unit_price_minor, currency),
    },
    {
      head: 'discount',
      fields: ['discount', 'unit_discount', 'discount_percent', 'total', 'gross'],
      figure: true,
      isMoney: true,
      value: (row) => money(row.values.discount_minor, currency),
    },
  ];
}

/** The columns of a kind of file of which these rows have something. */
export function cellsOf(kind: ImportKind, currency: Currency, rows: readonly ImportRow[]): Cell[] {
  const all =
    kind === 'products'
      ? productCells(currency)
      : kind === 'stock'
        ? [
            {
              head: 'location' as const,
              fields: ['location'],
              figure: false,
              value: (row: ImportRow) => row.values.location,
            },
            {
              head: 'cost' as const,
              fields: ['cost'],
              figure: true,
              isMoney: true,
              value: (row: ImportRow) => money(row.values.cost_minor, currency),
            },
            stockCell,
          ]
        : salesCells(currency);
  return all.filter((cell) =>
    rows.some((row) => cell.value(row) !== undefined || issueOf(row, cell) !== undefined),
  );
}

/** The gravest issue about a cell. */
export function issueOf(row: ImportRow, cell: Pick<Cell, 'fields'>): RowIssue | undefined {
  const own = row.issues.filter((issue) => cell.fields.includes(issue.column));
  return own.find((issue) => issue.severity === 'error') ?? own[0];
}

/** What a row is called: its name, or its code where it has none. */
export function nameOf(row: ImportRow): string | undefined {
  const { name, sku, barcode } = row.values;
  return name ?? sku ?? barcode;
}

/** How a changed name was before. */
export const oldNameOf = (row: ImportRow): string | undefined => changed(row, 'name')?.old;

/** The error that can be set right in place first. */
export function firstError(row: ImportRow): RowIssue | undefined {
  return row.issues.find((issue) => issue.severity === 'error' && issue.column !== '');
}
