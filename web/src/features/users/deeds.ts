/** What the log says of a deed: the figures of its sentence, and the fields that it changed. */

import type { Schemas } from '@/api/client';
import { formatMoney, formatRate } from '@/format/money';
import { formatPercent, formatQuantity } from '@/format/quantity';
import type { Currency } from '@/money/currencies';

/** An entry of the log. The states differ for each kind of deed, and there may be new kinds. */
export interface Entry {
  id: string;
  recorded_at: string;
  actor_id: string | null;
  actor_name: string | null;
  action: string;
  entity: Schemas['AuditEntity'];
  entity_id: string;
  entity_name: string | null;
  address: string;
  before?: unknown;
  after?: unknown;
}

type State = Record<string, unknown>;

export interface DeedFigures {
  name?: string;
  role?: Schemas['Role'];
  number?: string;
  total?: string;
  reason?: string;
  rate?: string;
  file?: string;
  times?: string;
  operation?: string;
  /** A word of the API: the kind of a stock document or of a job. */
  kind?: string;
  verdict?: string;
  count?: number;
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
const figure = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : undefined;
const stateOf = (value: unknown): State =>
  typeof value === 'object' && value !== null ? (value as State) : {};

/** The figures that the sentence of a deed may name. */
export function deedFigures(entry: Entry, base: Currency): DeedFigures {
  const before = stateOf(entry.before);
  const after = stateOf(entry.after);
  const either = (key: string) => after[key] ?? before[key];
  const total = figure(either('total_minor'));
  const subject = text(stateOf(either('subject'))['name']);
  return {
    ...defined({
      name: text(either('name')) ?? subject ?? entry.entity_name ?? undefined,
      role: text(either('role')) as Schemas['Role'] | undefined,
      number: figure(either('number'))?.toString(),
      total: total === undefined ? undefined : formatMoney(total, base),
      reason: text(either('reason')),
      rate: rateOf(after, base) ?? rateOf(before, base),
      file: text(either('file_name')),
      times: shown(figure(after['count'])),
      operation: entry.entity === 'operation' ? entry.entity_id : undefined,
      kind: text(either('kind')),
      verdict: text(after['verdict']),
      count: figure(after['lines']),
    }),
  };
}

const shown = (value: number | undefined) =>
  value === undefined ? undefined : formatQuantity(value);

function rateOf(state: State, base: Currency): string | undefined {
  const micros = figure(state['rate_micros']);
  const side = text(state['rate_side']);
  if (micros === undefined || (side !== 'base_per_foreign' && side !== 'foreign_per_base')) {
    return undefined;
  }
  return formatRate(micros, side, state['currency'] as Currency, base);
}

function defined<T extends object>(all: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

export interface Change {
  field: string;
  from: unknown;
  to: unknown;
}

// What changes with every change says nothing.
const BOOKKEEPING = new Set(['version', 'updated_at', 'created_at', 'id']);

/** The fields that differ between the states before and after; none where something was made. */
export function changesOf(entry: Entry): Change[] {
  if (!entry.before || !entry.after || !entry.action.endsWith('.update')) return [];
  const before = stateOf(entry.before);
  const after = stateOf(entry.after);
  return Object.keys({ ...before, ...after })
    .filter((field) => !BOOKKEEPING.has(field))
    .filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
    .map((field) => ({ field, from: before[field], to: after[field] }));
}

/** A value as people read it: money and shares by the ending of the field. */
export function plainValue(field: string, value: unknown, base: Currency): string | undefined {
  if (typeof value === 'number') {
    if (field.endsWith('_minor')) return formatMoney(value, base);
    if (field.endsWith('_bp')) return formatPercent(value / 10_000, { digits: 0 });
    return formatQuantity(value);
  }
  if (typeof value === 'string') return value === '' ? undefined : value;
  if (Array.isArray(value)) return value.length > 0 ? value.join(', ') : undefined;
  return undefined;
}
