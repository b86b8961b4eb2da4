/** Refusals of the API (RFC 9457), typed, and put into words. */

import i18next from 'i18next';
import { formatMoney } from '@/format/money';
import { formatQuantity } from '@/format/quantity';
import type { Currency } from '@/money/currencies';
import type { components } from './schema';

type Schemas = components['schemas'];

/** Every code that a refusal may have. */
export type ProblemCode = Schemas['Problem']['code'];

type FieldSchemas = {
  [K in keyof Schemas]: K extends `FieldProblem${string}` ? Schemas[K] : never;
}[keyof Schemas];

/** Every code that an entry of `errors` may have. */
export type FieldCode = FieldSchemas['code'];

/** An entry of `errors`: where, why, and the figures. */
export interface FieldProblem {
  pointer: string;
  code: string;
  detail: string;
  [figure: string]: unknown;
}

interface Body {
  title?: string;
  detail?: string;
  code?: string;
  request_id?: string;
  retry_after_seconds?: number;
  errors?: FieldProblem[];
}

/** A refusal, or a failure on the way (`app.offline`, `app.timeout`). */
export class Problem extends Error {
  override name = 'Problem';
  readonly status: number;
  readonly code: string;
  readonly title: string;
  /** Names the request in the server's log: what to tell the support. */
  readonly requestId: string | undefined;
  readonly errors: readonly FieldProblem[];
  /** When it was met, milliseconds. */
  readonly at = Date.now();
  /** Seconds to wait, where the server says so. */
  readonly retryAfter: number | undefined;

  constructor(status: number, body: Body, retryAfter?: number) {
    const title = body.title ?? 'Something went wrong';
    super(body.detail ?? title);
    this.status = status;
    this.code = body.code ?? 'server.internal';
    this.title = title;
    this.requestId = body.request_id;
    this.errors = body.errors ?? [];
    this.retryAfter = body.retry_after_seconds ?? retryAfter;
  }

  is(code: ProblemCode | 'app.offline' | 'app.timeout'): boolean {
    return this.code === code;
  }

  /** No answer came: the request may or may not have arrived. */
  get isUnreachable(): boolean {
    return this.status === 0;
  }

  /** Worth trying again without a change: no answer, 5xx, too many at once, still running. */
  get isTransient(): boolean {
    return (
      this.isUnreachable ||
      this.status >= 500 ||
      this.status === 429 ||
      this.status === 408 ||
      this.code === 'idempotency.in_progress'
    );
  }
}

/** Reads the problem out of an answer that is none of success. */
export async function problemOf(response: Response): Promise<Problem> {
  let body: Body = {};
  try {
    body = (await response.clone().json()) as Body;
  } catch {
    // A proxy's page, or nothing at all: the status has to do.
  }
  const after = Number(response.headers.get('retry-after'));
  const requestId = response.headers.get('x-request-id');
  return new Problem(
    response.status,
    requestId && !body.request_id ? { ...body, request_id: requestId } : body,
    Number.isFinite(after) && after > 0 ? after : undefined,
  );
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new Problem(500, { code: 'server.internal', detail });
}

let currency: Currency = 'CDF';

/** The currency in which `…_minor` figures of refusals are written; set with the settings. */
export function setProblemCurrency(next: Currency): void {
  currency = next;
}

function figuresOf(entry: FieldProblem | undefined): Record<string, string> {
  const figures: Record<string, string> = {};
  for (const [name, value] of Object.entries(entry ?? {})) {
    if (typeof value === 'number') {
      figures[name] = name.endsWith('_minor')
        ? formatMoney(value, currency)
        : formatQuantity(value);
    } else if (typeof value === 'string') figures[name] = value;
  }
  return figures;
}

function sentence(code: string, figures: Record<string, string>): string | undefined {
  // Codes have dots in them, and some are not known to this version of the app.
  const options = { ns: 'problems', keySeparator: false, defaultValue: '', ...figures } as const;
  const words = (i18next.t as unknown as (key: string, options: object) => string)(code, options);
  return words || undefined;
}

/** The refusal in the user's language; its English title where the code is not known. */
export function problemSentence(problem: Problem): string {
  return sentence(problem.code, figuresOf(problem.errors[0])) ?? problem.title;
}

/** One entry in the user's language. */
export function fieldSentence(entry: FieldProblem): string {
  return sentence(entry.code, figuresOf(entry)) ?? entry.detail;
}

/** The fields' sentences by JSON pointer without its slash: `/lines/0/quantity` is `lines/0/quantity`. */
export function fieldSentences(problem: Problem): Record<string, string> {
  return Object.fromEntries(
    problem.errors.map((entry) => [entry.pointer.replace(/^[/?]/, ''), fieldSentence(entry)]),
  );
}
