/** Open and held tickets in the till's database: a reload, or a crash, keeps them. */

import { readThing, tillDb, writeThing } from '@/outbox/database';
import { FIRST_NAME, numberOf } from '../core/number';
import type { Ticket } from '../core/ticket';

const HELD = 'held';
const SLOTS = 8;

/**
 * Each tab has a place of its own for its open ticket, so that two tabs never write the same sale. A
 * lock that is held for the life of the tab says that a place is taken.
 */
export async function takePlace(): Promise<number> {
  for (let slot = 1; slot <= SLOTS; slot += 1) {
    if (await takeSlot(slot)) return slot;
  }
  return SLOTS + Math.floor(Math.random() * 1_000_000);
}

function takeSlot(slot: number): Promise<boolean> {
  return new Promise((done) => {
    void navigator.locks.request(`salesflow.till.${slot}`, { ifAvailable: true }, (lock) => {
      done(lock !== null);
      // Held until the tab is closed.
      return lock ? new Promise<void>(() => undefined) : Promise.resolve();
    });
  });
}

const nameOf = (slot: number) => `ticket.${slot}`;

export async function readTicket(slot: number): Promise<Ticket | undefined> {
  return readThing<Ticket>(nameOf(slot));
}

export async function keepTicket(slot: number, ticket: Ticket): Promise<void> {
  await writeThing(nameOf(slot), ticket);
}

export async function readHeld(): Promise<Ticket[]> {
  return (await readThing<Ticket[]>(HELD)) ?? [];
}

/** Changes the held tickets in one go: two tabs at once lose none. */
export async function changeHeld(change: (held: Ticket[]) => Ticket[]): Promise<Ticket[]> {
  const db = await tillDb();
  const tx = db.transaction('things', 'readwrite');
  const next = change(((await tx.store.get(HELD)) as Ticket[] | undefined) ?? []);
  await tx.store.put(next, HELD);
  await tx.done;
  return next;
}

/** Tickets of tabs that are gone join the held ones. */
export async function adoptOrphans(own: number): Promise<void> {
  for (let slot = 1; slot <= SLOTS; slot += 1) {
    if (slot === own) continue;
    await navigator.locks.request(`salesflow.till.${slot}`, { ifAvailable: true }, async (lock) => {
      if (!lock) return;
      const db = await tillDb();
      const tx = db.transaction('things', 'readwrite');
      const left = (await tx.store.get(nameOf(slot))) as Ticket | undefined;
      if (left && left.lines.length > 0) {
        const held = ((await tx.store.get(HELD)) as Ticket[] | undefined) ?? [];
        await tx.store.put([...held, { ...left, heldAt: Date.now() }], HELD);
      }
      await tx.store.delete(nameOf(slot));
      await tx.done;
    });
  }
}

const COUNT = 'number';
const NAME = 'till';

/** The next number of this till, `C1-000482`. Taken with the sale, so that none is used twice. */
export async function nextNumber(take: boolean): Promise<string> {
  const db = await tillDb();
  const tx = db.transaction('things', 'readwrite');
  const next = Number((await tx.store.get(COUNT)) ?? 0) + 1;
  const name = ((await tx.store.get(NAME)) as string | undefined) ?? FIRST_NAME;
  if (take) await tx.store.put(next, COUNT);
  await tx.done;
  return numberOf(name, next);
}

/** What this machine is called among the tills of the shop. */
export async function readTillName(): Promise<string> {
  return (await readThing<string>(NAME)) ?? FIRST_NAME;
}

/** The count goes on under the new name: no number of this machine comes twice. */
export async function keepTillName(name: string): Promise<void> {
  await writeThing(NAME, name);
}
