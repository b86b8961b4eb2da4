/**
 * The till in memory: one store that the screens read, changed by the functions of core/. Everything
 * that a reload must not lose is written to the till's database beside it.
 */
import { currentSession } from '@/auth/session';
import { roleMay } from '@/auth/roles';
import { connection, serverNow } from '@/connection/connection';
import { enqueue, entry as outboxEntry, withdraw, type OutboxEntry } from '@/outbox/outbox';
import { makeCatalogue, type TillProduct } from '../core/catalogue';
import { startPaying, type Paying } from '../core/pay';
import { reopened, saleOf } from '../core/sale';
import {
  addProduct,
  newTicket,
  totalsOf,
  type Terms,
  type Ticket,
  type Totals,
} from '../core/ticket';
import { sendWaiting } from './sender';
import { shelve, syncStock } from './goods';
import { readShop, syncShop, type TillShop } from './shop';
import { isNumberTaken } from './twins';
import {
  adoptOrphans,
  changeHeld,
  keepTicket,
  keepTillName,
  nextNumber,
  readHeld,
  readTicket,
  takePlace,
} from './tickets';

export interface TillState {
  shop: TillShop | undefined;
  /** Why there is no shop to sell from: the first read of it failed. */
  failed: unknown;
  ticket: Ticket;
  /** The number that the open ticket will have, `C1-000482`. */
  number: string;
  /** The name of this till, where another machine has it too. */
  twin: string | undefined;
  held: readonly Ticket[];
  paying: Paying | undefined;
  /** True from the press of the button until the server, or the wait for it, has answered. */
  submitting: boolean;
  /** The sale that was made last, while nothing has been added since. */
  done: OutboxEntry | undefined;
  /** The server refused the sale at once: the ticket is open again, with the reason. */
  refused: OutboxEntry['refusal'] | undefined;
  /** The line that was added last, for its flash; `at` tells two presses apart. */
  flash: { key: string; at: number } | undefined;
}

/** How long the till waits for the server before it goes on without its answer. */
const PATIENCE_MS = 2500;

let slot = 1;
let state: TillState = {
  shop: undefined,
  failed: undefined,
  ticket: newTicket(),
  number: '',
  twin: undefined,
  held: [],
  paying: undefined,
  submitting: false,
  done: undefined,
  refused: undefined,
  flash: undefined,
};
const listeners = new Set<() => void>();
let starting: Promise<void> | undefined;

function set(next: Partial<TillState>): void {
  state = { ...state, ...next };
  listeners.forEach((listener) => {
    listener();
  });
}

export const tillState = (): TillState => state;

export function subscribeTill(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The browser keeps nothing (a private window, a full disk): the till says so instead of waiting. */
export function failTill(failed: unknown): void {
  set({ failed });
}

/** Opens the till once: what is kept here first, then what the server says. */
export function startTill(): Promise<void> {
  starting ??= (async () => {
    slot = await takePlace();
    await adoptOrphans(slot);
    const [shop, ticket, held, number] = await Promise.all([
      readShop(),
      readTicket(slot),
      readHeld(),
      nextNumber(false),
    ]);
    set({ shop, held, number, ...(ticket && ticket.lines.length > 0 && { ticket }) });
  })();
  return starting;
}

let syncing: Promise<void> | undefined;

/** Reads the shop from the server; what is known already stays when that fails. */
export function refreshShop(): Promise<void> {
  syncing ??= syncShop()
    .then(
      (shop) => {
        set({ shop, failed: undefined });
        void lookForTwin();
      },
      (failed: unknown) => {
        set({ failed });
      },
    )
    .finally(() => {
      syncing = undefined;
    });
  return syncing;
}

/** What lies on the shelves, after sales were sent; what is known already stays when that fails. */
export async function refreshShelves(): Promise<void> {
  const location = state.shop?.location;
  if (!location) return refreshShop();
  await syncStock(location).then(showShelves, () => undefined);
}

/** Shows what is kept of the stock, less what was sold here and is not sent yet. */
async function showShelves(): Promise<void> {
  for (;;) {
    const { shop } = state;
    if (!shop) return;
    const products = await shelve(shop.catalogue.products);
    if (state.shop !== shop) continue;
    if (products.every((product, at) => product === shop.catalogue.products[at])) return;
    set({ shop: { ...shop, catalogue: makeCatalogue(products, shop.categories) } });
    return;
  }
}

/** The favourites as somebody has just chosen them here; the other tills read them by and by. */
export function showChosen(chosen: string[]): void {
  if (state.shop) set({ shop: { ...state.shop, chosen } });
  void refreshShop();
}

/** Gives this machine its name; the open ticket has its number by it. */
export async function nameTill(name: string): Promise<void> {
  await keepTillName(name);
  set({ number: await nextNumber(false), twin: undefined });
  await lookForTwin();
}

/** Whether the numbers of this till are those of another; what is known stays when nobody answers. */
async function lookForTwin(): Promise<void> {
  const { number } = state;
  if (!number) return;
  await isNumberTaken(number).then(
    (taken) => {
      set({ twin: taken ? number.split('-')[0] : undefined });
    },
    () => undefined,
  );
}

export function termsOf(shop: TillShop): Terms {
  return { taxMode: shop.settings.tax_mode, currency: shop.settings.currency };
}

const NOTHING: Totals = {
  lines: [],
  subtotalMinor: 0,
  discountMinor: 0,
  taxMinor: 0,
  totalMinor: 0,
};

export function currentTotals(): Totals {
  return state.shop ? totalsOf(state.ticket, termsOf(state.shop)) : NOTHING;
}

/** Changes the ticket, and writes it down. */
export function changeTicket(change: (ticket: Ticket) => Ticket): void {
  if (state.paying) return;
  const ticket = change(state.ticket);
  if (ticket === state.ticket) return;
  set({ ticket, refused: undefined });
  void keepTicket(slot, ticket);
}

/** Adds a product and lets its line flash. Begins the next sale where one has just been made. */
export function sell(product: TillProduct, quantity = 1): void {
  if (state.paying) return;
  if (state.done) set({ done: undefined });
  changeTicket((ticket) => addProduct(ticket, product, quantity));
  const key = state.ticket.selected;
  if (key) set({ flash: { key, at: Date.now() } });
}

export function beginPaying(): void {
  const { shop, ticket, paying } = state;
  if (!shop || paying || ticket.lines.length === 0) return;
  set({
    paying: startPaying(currentTotals().totalMinor, shop.drawer, shop.foreign),
    done: undefined,
  });
}

export function changePaying(change: (paying: Paying) => Paying): void {
  if (state.paying && !state.submitting) set({ paying: change(state.paying) });
}

export function stopPaying(): void {
  if (!state.submitting) set({ paying: undefined });
}

export function forgetDone(): void {
  if (state.done) set({ done: undefined });
}

/**
 * Makes the sale: written down first, then sent. The server gets a moment to answer, so that the
 * receipt has its number and a refusal meets the customer while they are still there; without an
 * answer the sale is made all the same and waits in the outbox.
 */
export async function makeSale(): Promise<void> {
  const { shop, ticket, paying, submitting } = state;
  const user = currentSession().user;
  if (!shop || !paying || !user || submitting) return;
  set({ submitting: true });
  try {
    const made = saleOf(ticket, paying, {
      terms: termsOf(shop),
      cashier: { id: user.id, name: user.name },
      number: await nextNumber(true),
      now: serverNow(),
      accountName: (id) => shop.wallets.find((wallet) => wallet.id === id)?.name,
      mayPrice: roleMay(user.role, 'changePrices'),
    });
    await enqueue(made);
    void navigator.storage.persist?.();
    if (connection().online) await Promise.race([sendWaiting(), pause(PATIENCE_MS)]);
    const entry = await outboxEntry(made.id);
    if (entry?.state === 'refused' && (await withdraw(made.id))) {
      // Nothing is sold: the ticket opens again, under a new id, with the reason.
      const again = { ...ticket, id: crypto.randomUUID() };
      set({
        ticket: again,
        paying: undefined,
        refused: entry.refusal,
        number: await nextNumber(false),
      });
      await keepTicket(slot, again);
      return;
    }
    const next = newTicket();
    set({
      ticket: next,
      paying: undefined,
      done: entry,
      number: await nextNumber(false),
      flash: undefined,
    });
    await keepTicket(slot, next);
    await showShelves();
  } finally {
    set({ submitting: false });
  }
}

const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

/** What the outbox knows by now about the sale that was made last: its legal number arrives here. */
export async function refreshDone(): Promise<void> {
  const done = state.done;
  if (!done) return;
  const entry = await outboxEntry(done.id);
  if (entry && state.done?.id === entry.id) set({ done: entry });
}

/** Puts the ticket aside and begins another. */
export async function holdTicket(): Promise<void> {
  const { ticket, paying } = state;
  if (paying || ticket.lines.length === 0) return;
  const held = await changeHeld((all) => [...all, { ...ticket, heldAt: Date.now() }]);
  const next = newTicket();
  set({ held, ticket: next });
  await keepTicket(slot, next);
}

/** Takes a held ticket back; the open one, where it has lines, takes its place. */
export async function recallTicket(id: string): Promise<void> {
  const { ticket, paying } = state;
  if (paying) return;
  let found: Ticket | undefined;
  const held = await changeHeld((all) => {
    found = all.find((entry) => entry.id === id);
    const rest = all.filter((entry) => entry.id !== id);
    return found && ticket.lines.length > 0 ? [...rest, { ...ticket, heldAt: Date.now() }] : rest;
  });
  if (!found) {
    set({ held });
    return;
  }
  const { heldAt: _heldAt, ...back } = found;
  set({ held, ticket: back, done: undefined });
  await keepTicket(slot, back);
}

/** Opens a refused sale again as a ticket, to be changed and sold anew. Returns what is no longer sold. */
export async function reopenSale(entry: OutboxEntry): Promise<string[]> {
  const shop = state.shop;
  if (!shop || state.paying) return [];
  if (state.ticket.lines.length > 0) await holdTicket();
  const { ticket, gone } = reopened(entry, shop.catalogue);
  if (!(await withdraw(entry.id))) return [];
  set({ ticket, done: undefined });
  await keepTicket(slot, ticket);
  return gone;
}

export function clearTicket(): void {
  const next = newTicket();
  set({ ticket: next, refused: undefined });
  void keepTicket(slot, next);
}
