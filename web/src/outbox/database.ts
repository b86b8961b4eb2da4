/**
 * The till's own database in the browser. Sales that are not sent yet lie here, the catalogue for the
 * hours without a network, and the open and held tickets: a reload loses nothing.
 */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { OutboxEntry } from './entry';

interface TillDatabase extends DBSchema {
  /** Sales, in the order in which they were made (`seq`). */
  outbox: { key: string; value: OutboxEntry; indexes: { seq: number; state: string } };
  /** Products as the till knows them. */
  products: { key: string; value: { id: string } & Record<string, unknown> };
  /** Single things by name: the open ticket, held tickets, settings, counters. */
  things: { key: string; value: unknown };
}

export type TillDb = IDBPDatabase<TillDatabase>;

let opened: Promise<TillDb> | undefined;

export function tillDb(): Promise<TillDb> {
  opened ??= openDB<TillDatabase>('salesflow-till', 1, {
    upgrade(db) {
      const outbox = db.createObjectStore('outbox', { keyPath: 'id' });
      outbox.createIndex('seq', 'seq');
      outbox.createIndex('state', 'state');
      db.createObjectStore('products', { keyPath: 'id' });
      db.createObjectStore('things');
    },
    blocking(_old, _new, event) {
      // A newer tab wants to change the shape: step aside, and open again when asked.
      (event.target as unknown as IDBDatabase).close();
      opened = undefined;
    },
    terminated() {
      opened = undefined;
    },
  });
  return opened;
}

/** Reads one thing by its name. */
export async function readThing<T>(name: string): Promise<T | undefined> {
  return (await (await tillDb()).get('things', name)) as T | undefined;
}

export async function writeThing(name: string, value: unknown): Promise<void> {
  await (await tillDb()).put('things', value, name);
}

/** For tests: a database of its own for each. */
export async function closeTillDb(): Promise<void> {
  if (opened) (await opened).close();
  opened = undefined;
}
