/** Server-sent events, read by fetch: the browser's own reader cannot send a token. */

import { authorizedFetch } from './client';
import { problemOf } from './problem';

export interface ServerEvent {
  event: string;
  data: string;
  id: string | undefined;
}

interface Cut {
  events: ServerEvent[];
  /** The last id, of an event or bare; undefined where none came. */
  lastId: string | undefined;
  /** What waits for its end. */
  rest: string;
}

/** Cuts a stream of text into events. Pure, for tests. */
export function cutEvents(text: string): Cut {
  // A line feed may still follow the return at the end, and belong to it.
  const whole = text.endsWith('\r') ? text.slice(0, -1) : text;
  const blocks = whole.replace(/\r\n?/g, '\n').split('\n\n');
  const rest = (blocks.pop() ?? '') + text.slice(whole.length);
  const events: ServerEvent[] = [];
  let lastId: string | undefined;
  for (const block of blocks) {
    const { id, event, data } = fieldsOf(block);
    lastId = id ?? lastId;
    if (data !== undefined) events.push({ event: event ?? 'message', data, id });
  }
  return { events, lastId, rest };
}

function fieldsOf(block: string): { id?: string; event?: string; data?: string } {
  const fields: { id?: string; event?: string; data?: string } = {};
  for (const line of block.split('\n')) {
    const at = line.indexOf(':');
    if (at === 0) continue;
    const name = at < 0 ? line : line.slice(0, at);
    const value = at < 0 ? '' : line.slice(at + 1).replace(/^ /, '');
    if (name === 'data') {
      fields.data = fields.data === undefined ? value : `${fields.data}\n${value}`;
    } else if (name === 'event' || name === 'id') fields[name] = value;
  }
  return fields;
}

export interface Reading {
  onEvent: (event: ServerEvent) => void;
  /** Called after each piece that came, if only a comment: with its last id, if it had one. */
  onPiece?: (lastId: string | undefined) => void;
  signal: AbortSignal;
  /** Goes on where an earlier stream broke. */
  lastId?: string | undefined;
}

/** Reads events until the stream ends, or the signal says so. Refusals are thrown. */
export async function readEvents(
  path: string,
  { onEvent, onPiece, signal, lastId }: Reading,
): Promise<void> {
  const headers = { accept: 'text/event-stream', ...(lastId && { 'last-event-id': lastId }) };
  const response = await authorizedFetch(
    new Request(new URL(path, location.origin), { headers, signal }),
    { isStream: true },
  );
  if (!response.ok || !response.body) throw await problemOf(response);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const cut = cutEvents(text + value);
    text = cut.rest;
    cut.events.forEach(onEvent);
    onPiece?.(cut.lastId);
  }
}
