/** Sends what is in the outbox: when a sale is made, when the network is back, and every 15 s. */

import { api, ok, type Schemas } from '@/api/client';
import { asProblem, Problem } from '@/api/problem';
import { roleMay } from '@/auth/roles';
import { currentSession } from '@/auth/session';
import { countOutbox, drain, type OutboxEntry, type Sent } from '@/outbox/outbox';
import { outboxCounts } from '@/outbox/state';

const POLL_MS = 15_000;

const LATER: Sent = { kind: 'later' };

/** One try for some sales. The own id of each is its key: sent twice, it is recorded once. */
export async function send(entries: readonly OutboxEntry[]): Promise<Sent[]> {
  const user = currentSession().user;
  const sales = entries.map((entry) =>
    user && user.id !== entry.cashier.id
      ? { ...entry.request, cashier_id: entry.cashier.id }
      : entry.request,
  );
  try {
    const { results } = await ok(api.POST('/api/v1/sales/batch', { body: { sales } }));
    return entries.map((_, at) => resultOf(results[at]));
  } catch (failure) {
    const problem = asProblem(failure);
    if (isForLater(problem)) return entries.map(() => LATER);
    if (entries.length === 1) return [{ kind: 'refused', problem }];
    // Refused as a whole: whatever it is about, each sale finds out for itself.
    const half = Math.ceil(entries.length / 2);
    const first = await send(entries.slice(0, half));
    const rest = entries.slice(half);
    const goesOn = first.every(({ kind }) => kind !== 'later');
    return [...first, ...(goesOn ? await send(rest) : rest.map(() => LATER))];
  }
}

function resultOf(result: Schemas['BatchedSale'] | undefined): Sent {
  if (result?.sale) {
    return {
      kind: 'recorded',
      number: result.sale.number,
      recordedAt: result.sale.recorded_at,
    };
  }
  if (!result?.problem) return LATER;
  const problem = new Problem(result.status, result.problem);
  return isForLater(problem) ? LATER : { kind: 'refused', problem };
}

/** What is wrong with the sale is refused; what is wrong with the way or the session is for later. */
function isForLater(problem: Problem): boolean {
  return problem.isTransient || problem.status === 401 || problem.status < 400;
}

/** A sale of somebody else goes only with who may enter it. */
function mayGo(entry: OutboxEntry): boolean {
  const { user, state } = currentSession();
  if (!user || state !== 'in') return false;
  return user.id === entry.cashier.id || roleMay(user.role, 'enterLateSales');
}

export function sendWaiting(): Promise<void> {
  return drain(send, mayGo);
}

/** Keeps sending for as long as the till is open. Returns what stops it. */
export function keepSending(): () => void {
  // The database says what waits: another tab may have written it down while this one was frozen.
  const now = () =>
    void countOutbox().then(() => {
      if (outboxCounts().waiting > 0) void sendWaiting();
    });
  const onVisible = () => {
    if (document.visibilityState === 'visible') now();
  };
  const timer = setInterval(now, POLL_MS);
  addEventListener('online', now);
  document.addEventListener('visibilitychange', onVisible);
  now();
  return () => {
    clearInterval(timer);
    removeEventListener('online', now);
    document.removeEventListener('visibilitychange', onVisible);
  };
}
