/** What a screen asks with: the client that is made from the API's document, and an end where it refuses. */
import type createClient from 'openapi-fetch';
import type { paths } from '../src/api/schema';

export type Client = ReturnType<typeof createClient<paths>>;
export type Row = Record<string, string | number | boolean | null>;

export interface Screen {
  name: string;
  /** Who opens it. */
  role: 'manager' | 'cashier' | 'admin';
  /** The id of the thing whose page it is. Who opens the page has it already: it is not counted. */
  pick?: (ask: Asking) => Promise<string | undefined>;
  rows: (ask: Asking) => Promise<Row[]>;
  /** What its picture shows and no answer holds. */
  lacks?: string;
}

export interface Asking {
  api: Client;
  today: string;
  picked?: string | undefined;
}

/** The data of an answer, or an end of the run. */
export async function data<T>(
  answer: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data: found, error, response } = await answer;
  if (!response.ok || found === undefined) {
    throw new Error(`${response.url}: ${response.status} ${JSON.stringify(error)}`);
  }
  return found;
}

export const daysBefore = (day: string, days: number): string => {
  const date = new Date(`${day}T12:00:00Z`);
  date.setUTCDate(date.getUTCDate() - days);
  return date.toISOString().slice(0, 10);
};

/** Items of a list that a screen shows at first. */
export const LIST = 50;
