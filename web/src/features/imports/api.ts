/** The operations of imports. Files and whole readings take longer than other requests. */

import { queryOptions } from '@tanstack/react-query';
import { api, authorizedFetch, idempotencyKey, ok, type Schemas } from '@/api/client';
import { problemOf } from '@/api/problem';
import type { MapImport } from './mapping';

export type Import = Schemas['Import'];
export type ImportRow = Schemas['ImportRow'];
export type RowIssue = Schemas['RowIssue'];
export type ImportKind = Schemas['ImportKind'];
export type RowState = Schemas['RowState'];

export const KINDS: readonly ImportKind[] = ['products', 'stock', 'sales'];
export const MOST_BYTES = 64 * 1024 * 1024;

export const importQuery = (id: string) =>
  queryOptions({
    queryKey: ['imports', id],
    queryFn: ({ signal }) =>
      ok(api.GET('/api/v1/imports/{id}', { params: { path: { id } }, signal })),
  });

/** A request of its own: no time limit, since a large file on a slow line takes minutes. */
async function unhurried(method: string, path: string, body: BodyInit, json: boolean) {
  const headers = json ? { 'content-type': 'application/json' } : {};
  const request = new Request(new URL(path, location.origin), { method, headers, body });
  const response = await authorizedFetch(request, { isStream: true });
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as Import;
}

export function sendFile(kind: ImportKind, file: File): Promise<Import> {
  const form = new FormData();
  form.set('file', file, file.name);
  return unhurried('POST', `/api/v1/imports?kind=${kind}`, form, false);
}

export function mapFile(id: string, mapping: MapImport): Promise<Import> {
  return unhurried('PUT', `/api/v1/imports/${id}/mapping`, JSON.stringify(mapping), true);
}

export function correctRow(id: string, row: number, column: string, text: string): Promise<Import> {
  const body = JSON.stringify({ values: { [column]: text } });
  return unhurried('PATCH', `/api/v1/imports/${id}/rows/${row}`, body, true);
}

/** A deed that writes: once, however often it is sent under the same key. */
async function deed(path: string, key: string, body: unknown): Promise<Import> {
  const request = new Request(new URL(path, location.origin), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...idempotencyKey(key) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const response = await authorizedFetch(request, { isStream: true });
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as Import;
}

export function commit(id: string, key: string, options: Schemas['CommitImport']): Promise<Import> {
  return deed(`/api/v1/imports/${id}/commit`, key, options);
}

export function undo(id: string, key: string): Promise<Import> {
  return deed(`/api/v1/imports/${id}/undo`, key, undefined);
}

/** What is pasted out of a spreadsheet is a file too: lines with tabs. */
export function pastedFile(text: string): File | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length < 2) return undefined;
  return new File([text], 'collage.tsv', { type: 'text/tab-separated-values' });
}
