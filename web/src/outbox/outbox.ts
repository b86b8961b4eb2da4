/**
 * The outbox: a sale is written here before anybody is told that it is made, and leaves only when the
 * server has it. One tab sends at a time, oldest first, many in one request. What the server refuses
 * goes to the tray of those that somebody has to settle; nothing is ever dropped.
 */
import type { Problem } from '@/api/problem';
import { tillDb } from './database';
import type { OutboxEntry } from './entry';
import { setOutboxCounts } from './state';

export type { OutboxEntry } from './entry';

/** What became of one try. */
export type Sent =
  | { kind: 'recorded'; number: number; recordedAt: string }
  | { kind: 'refused'; problem: Problem }
  /** No answer, a server in trouble, nobody signed in: everything stays, and is tried again. */
  | { kind: 'later' };

/** One try for some sales: what became of each, in their order. */
export type Send = (entries: readonly OutboxEntry[]) => Promise<readonly Sent[]>;

const LOCK = 'salesflow.outbox';
const CHANNEL = 'salesflow.outbox';
/** As many sales as the server takes in one request, and as much text: it takes a mebibyte. */
const BATCH_SALES = 100;
const BATCH_LENGTH = 300_000;
/** Sales that the server has are kept this long, for reprints without a network. */
const KEEP_MS = 14 * 86_400_000;

const channel = new BroadcastChannel(CHANNEL);
const listeners = new Set<() => void>();

channel.onmessage = () => {
  void tell();
};

async function tell(): Promise<void> {
  await countOutbox();
  listeners.forEach((listener) => {
    listener();
  });
}

async function changed(): Promise<void> {
  channel.postMessage('changed');
  await tell();
}

/** Called whenever an entry changes, in this tab or another. */
export function subscribeEntries(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Counts what waits, for the bar over every page. */
export async function countOutbox(): Promise<void> {
  const db = await tillDb();
  const count = (state: string) => db.countFromIndex('outbox', 'state', state);
  const [queued, sending, refused] = await Promise.all([
    count('queued'),
    count('sending'),
    count('refused'),
  ]);
  setOutboxCounts({ waiting: queued + sending, refused });
}

/** Writes a sale down. It is made once this has returned, whatever happens to the tab afterwards. */
export async function enqueue(
  entry: Omit<OutboxEntry, 'seq' | 'state' | 'attempts'>,
): Promise<void> {
  const db = await tillDb();
  const tx = db.transaction('outbox', 'readwrite', { durability: 'strict' });
  const known = await tx.store.get(entry.id);
  if (!known) {
    const last = await tx.store.index('seq').openKeyCursor(null, 'prev');
    const seq = Number(last?.key ?? 0) + 1;
    await tx.store.add({ ...entry, seq, state: 'queued', attempts: 0 });
  }
  await tx.done;
  await changed();
}

/** Everything in the outbox, oldest first. */
export async function entries(): Promise<OutboxEntry[]> {
  return (await tillDb()).getAllFromIndex('outbox', 'seq');
}

/** What is not sent yet, oldest first. */
export async function waitingEntries(): Promise<OutboxEntry[]> {
  const db = await tillDb();
  const [queued, sending] = await Promise.all([
    db.getAllFromIndex('outbox', 'state', 'queued'),
    db.getAllFromIndex('outbox', 'state', 'sending'),
  ]);
  return [...queued, ...sending].sort((a, b) => a.seq - b.seq);
}

export async function entry(id: string): Promise<OutboxEntry | undefined> {
  return (await tillDb()).get('outbox', id);
}

/** Changes entries in one go: those that are gone meanwhile stay gone. */
async function update(
  changes: readonly { id: string; change: (entry: OutboxEntry) => OutboxEntry }[],
): Promise<void> {
  const db = await tillDb();
  const tx = db.transaction('outbox', 'readwrite', { durability: 'strict' });
  for (const { id, change } of changes) {
    const found = await tx.store.get(id);
    if (found) void tx.store.put(change(found));
  }
  await tx.done;
  await changed();
}

/** Puts a refused sale back into the queue, as it is or changed. */
export async function requeue(id: string, request?: OutboxEntry['request']): Promise<void> {
  const change = ({ refusal: _refusal, ...found }: OutboxEntry): OutboxEntry => ({
    ...found,
    state: 'queued',
    ...(request && { request }),
  });
  await update([{ id, change }]);
}

/**
 * Takes a refused sale out: its ticket is open again, or the money was given back. The server has
 * never recorded it. Anything else stays.
 */
export async function withdraw(id: string): Promise<boolean> {
  const db = await tillDb();
  const tx = db.transaction('outbox', 'readwrite');
  const found = await tx.store.get(id);
  const may = found?.state === 'refused';
  if (may) await tx.store.delete(id);
  await tx.done;
  await changed();
  return may;
}

/**
 * Sends what waits, oldest first, until it is empty or something says "later". A second tab that
 * tries at the same time does nothing. `mayGo` leaves out what the person who is signed in may not send.
 */
export async function drain(
  send: Send,
  mayGo: (entry: OutboxEntry) => boolean = () => true,
): Promise<void> {
  await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    for (;;) {
      // What a tab that is gone was sending is among them: it may have arrived, and the same id says so.
      const batch = firstBatch((await waitingEntries()).filter(mayGo));
      if (batch.length === 0) break;
      await update(batch.map(({ id }) => ({ id, change: sending })));
      const sent = await send(batch).catch(() => []);
      const results = batch.map(({ id }, at) => ({ id, sent: sent[at] ?? LATER }));
      await update(
        results.map(({ id, sent }) => ({ id, change: (found) => settled(found, sent) })),
      );
      if (results.some(({ sent }) => sent.kind === 'later')) break;
    }
    await forgetOld();
  });
}

const LATER: Sent = { kind: 'later' };

/** The oldest sales that fit into one request; always one at least. */
export function firstBatch(waiting: readonly OutboxEntry[]): OutboxEntry[] {
  const batch: OutboxEntry[] = [];
  let length = 0;
  for (const entry of waiting.slice(0, BATCH_SALES)) {
    length += JSON.stringify(entry.request).length;
    if (batch.length > 0 && length > BATCH_LENGTH) break;
    batch.push(entry);
  }
  return batch;
}

const sending = (found: OutboxEntry): OutboxEntry => ({
  ...found,
  state: 'sending',
  attempts: found.attempts + 1,
});

function settled(found: OutboxEntry, sent: Sent): OutboxEntry {
  if (sent.kind === 'later') return { ...found, state: 'queued' };
  if (sent.kind === 'recorded') {
    const { refusal: _refusal, ...rest } = found;
    return {
      ...rest,
      state: 'synced',
      sale: { number: sent.number, recordedAt: sent.recordedAt },
      syncedAt: Date.now(),
    };
  }
  const { code, title, errors, requestId } = sent.problem;
  return {
    ...found,
    state: 'refused',
    refusal: { code, title, errors: [...errors], at: Date.now(), ...(requestId && { requestId }) },
  };
}

async function forgetOld(now: number = Date.now()): Promise<void> {
  const db = await tillDb();
  for (const old of await db.getAllFromIndex('outbox', 'state', 'synced')) {
    if (now - (old.syncedAt ?? now) > KEEP_MS) await db.delete('outbox', old.id);
  }
}
