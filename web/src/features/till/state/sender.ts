/** Sends what is in the outbox: when a sale is made, when the network is back, and every 15 s. */

import { api } from '@/api/client';
import { asProblem, Problem } from '@/api/problem';
import { roleMay } from '@/auth/roles';
import { currentSession } from '@/auth/session';
import { countOutbox, drain, type OutboxEntry, type Sent } from '@/outbox/outbox';
import { outboxCounts } from '@/outbox/state';

const POLL_MS = 15_000;

/** One try for one sale. The sale's own id is its key: sent twice, it is recorded once. */
async function send(entry: OutboxEntry): Promise<Sent> {
  const user = currentSession().user;
  const body =
    user && user.id !== entry.cashier.id
      ? { ...entry.request, cashier_id: entry.cashier.id }
      : entry.request;
  try {
    const { data, error, response } = await api.POST('/api/v1/sales', {
      body,
      params: { header: { 'Idempotency-Key': entry.id } },
    });
    if (data) return { kind: 'recorded', number: data.number, recordedAt: data.recorded_at };
    return judge(new Problem(response.status, error as object));
  } catch (failure) {
    return judge(asProblem(failure));
  }
}

/** What is wrong with the sale is refused; what is wrong with the way or the session is for later. */
function judge(problem: Problem): Sent {
  const isLater = problem.isTransient || problem.status === 401 || problem.status < 400;
  return isLater ? { kind: 'later' } : { kind: 'refused', problem };
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
  const now = () => {
    if (outboxCounts().waiting > 0) void sendWaiting();
  };
  const onVisible = () => {
    if (document.visibilityState === 'visible') now();
  };
  const timer = setInterval(now, POLL_MS);
  addEventListener('online', now);
  document.addEventListener('visibilitychange', onVisible);
  void countOutbox().then(now);
  return () => {
    clearInterval(timer);
    removeEventListener('online', now);
    document.removeEventListener('visibilitychange', onVisible);
  };
}
