/** Server-sent events, read by fetch: the browser's own reader cannot send a token. */

import { authorizedFetch } from './client';
import { problemOf } from './problem';

export interface ServerEvent {
  event: string;
  data: string;
  id: string | undefined;
}

/** Cuts a stream of text into events; what is left over waits for its end. Pure, for tests. */
export function cutEvents(text: string): { events: ServerEvent[]; rest: string } {
  const blocks = text.replace(/\r\n?/g, '\n').split('\n\n');
  const rest = blocks.pop() ?? '';
  const events = blocks.flatMap((block) => {
    const found: ServerEvent = { event: 'message', data: '', id: undefined };
    const data: string[] = [];
    for (const line of block.split('\n')) {
      const at = line.indexOf(':');
      if (at === 0) continue;
      const field = at < 0 ? line : line.slice(0, at);
      const value = at < 0 ? '' : line.slice(at + 1).replace(/^ /, '');
      if (field === 'data') data.push(value);
      else if (field === 'event') found.event = value;
      else if (field === 'id') found.id = value;
    }
    return data.length > 0 ? [{ ...found, data: data.join('\n') }] : [];
  });
  return { events, rest };
}

/**
 * Reads events until the stream ends, or the signal says so. Refusals are thrown. `lastId` goes on
 * where an earlier stream broke, where the server can.
 */
export async function readEvents(
  path: string,
  onEvent: (event: ServerEvent) => void,
  signal: AbortSignal,
  lastId?: string,
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
    const { events, rest } = cutEvents(text + value);
    text = rest;
    events.forEach(onEvent);
  }
}
