/** A product as it is typed into the form, and what is sent of it. Pure. */

import type { Schemas } from '@/api/client';
import { parseQuantity } from '@/format/quantity';
import type { Product, ProductChange } from './queries';

export interface Draft {
  name: string;
  sku: string;
  barcodes: readonly string[];
  categoryId: string;
  unit: string;
  priceMinor: number | undefined;
  costMinor: number | undefined;
  /** Percent as typed. */
  tax: string;
  level: string;
  leadTime: string;
  initialStock: string;
}

/** Fields that the API may refuse, each with a place in the form. */
export const FIELDS = [
  'name',
  'sku',
  'barcodes',
  'barcodes/0',
  'barcodes/1',
  'barcodes/2',
  'category_id',
  'unit',
  'price_minor',
  'cost_minor',
  'tax_rate_bp',
  'reorder_level',
  'lead_time_days',
  'initial_stock',
];

const decimal = (value: number) => String(value).replace('.', ',');

export const emptyDraft = (code: string, tax: string): Draft => ({
  name: '',
  sku: '',
  barcodes: code ? [code] : [''],
  categoryId: '',
  unit: 'piece',
  priceMinor: undefined,
  costMinor: undefined,
  tax,
  level: '',
  leadTime: '',
  initialStock: '',
});

export const draftOf = (product: Product): Draft => ({
  name: product.name,
  sku: product.sku,
  barcodes: product.barcodes.length > 0 ? product.barcodes : [''],
  categoryId: product.category_id ?? '',
  unit: product.unit,
  priceMinor: product.price_minor,
  costMinor: product.cost_minor,
  tax: decimal(product.tax_rate_bp / 100),
  level: product.reorder_level > 0 ? decimal(product.reorder_level) : '',
  leadTime: product.lead_time_days === null ? '' : String(product.lead_time_days),
  initialStock: '',
});

/** What the form itself sees to be wrong, by field. */
export type DraftProblem = 'required' | 'amount' | 'percent' | 'quantity' | 'days';

export function problemsOf(draft: Draft): Partial<Record<keyof Draft, DraftProblem>> {
  const wrong: Partial<Record<keyof Draft, DraftProblem>> = {};
  if (draft.name.trim() === '') wrong.name = 'required';
  if (draft.sku.trim() === '') wrong.sku = 'required';
  if (draft.unit.trim() === '') wrong.unit = 'required';
  if (draft.priceMinor === undefined) wrong.priceMinor = 'amount';
  if (basisPoints(draft.tax) === undefined) wrong.tax = 'percent';
  if (draft.level.trim() !== '' && parseQuantity(draft.level) === undefined) {
    wrong.level = 'quantity';
  }
  if (draft.initialStock.trim() !== '' && parseQuantity(draft.initialStock) === undefined) {
    wrong.initialStock = 'quantity';
  }
  if (!/^\d{0,3}$/.test(draft.leadTime.trim())) wrong.leadTime = 'days';
  return wrong;
}

/** "16", "16,5" percent in basis points; nothing typed is no tax. */
export function basisPoints(text: string): number | undefined {
  const plain = text.trim().replace(',', '.').replace(/\s*%$/, '');
  if (plain === '') return 0;
  if (!/^\d{1,2}(\.\d{1,2})?$|^100$/.test(plain)) return undefined;
  return Math.round(Number(plain) * 100);
}

type Sent = Omit<Schemas['CreateProduct'], 'initial_stock'>;

function sentOf(draft: Draft): Sent {
  return {
    name: draft.name.trim(),
    sku: draft.sku.trim(),
    barcodes: draft.barcodes.map((code) => code.trim()).filter(Boolean),
    category_id: draft.categoryId || null,
    unit: draft.unit.trim(),
    price_minor: draft.priceMinor ?? 0,
    ...(draft.costMinor !== undefined && { cost_minor: draft.costMinor }),
    tax_rate_bp: basisPoints(draft.tax) ?? 0,
    reorder_level: parseQuantity(draft.level) ?? 0,
    lead_time_days: draft.leadTime.trim() === '' ? null : Number(draft.leadTime),
  };
}

export function creationOf(draft: Draft): Schemas['CreateProduct'] {
  const stock = parseQuantity(draft.initialStock);
  return { ...sentOf(draft), ...(stock && { initial_stock: stock }) };
}

/** Only what differs from what was read: the rest is somebody else's to change. */
export function changesOf(product: Product, draft: Draft): ProductChange {
  const sent: Record<string, unknown> = { ...sentOf(draft) };
  const before: Record<string, unknown> = { ...sentOf(draftOf(product)) };
  return Object.fromEntries(
    Object.entries(sent).filter(
      ([field, value]) => JSON.stringify(value) !== JSON.stringify(before[field]),
    ),
  );
}
