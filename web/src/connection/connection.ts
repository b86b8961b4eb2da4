/** Whether the server answers. Learnt from the requests themselves, and from a poll while it does not. */

export interface Connection {
  online: boolean;
  /** Since when it is so, in milliseconds; for "hors ligne depuis 16:18". */
  since: number;
}

const POLL_MS = 15_000;

let state: Connection = { online: navigator.onLine, since: Date.now() };
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setTimeout> | undefined;

function set(online: boolean): void {
  if (online !== state.online) {
    state = { online, since: Date.now() };
    listeners.forEach((listener) => {
      listener();
    });
  }
  clearTimeout(timer);
  if (!online) timer = setTimeout(() => void probe(), POLL_MS);
}

/** Asks the server once whether it is there. */
export async function probe(): Promise<boolean> {
  try {
    const response = await fetch('/health/live', {
      cache: 'no-store',
      signal: AbortSignal.timeout(8000),
    });
    set(response.ok);
  } catch {
    set(false);
  }
  return state.online;
}

const SKEW = 'salesflow.clock';
let skew = Number(localStorage.getItem(SKEW) ?? 0);

/** An answer came, whatever it said. Its date tells how wrong the clock of this machine is. */
export function sawAnswer(response: Response): void {
  const date = Date.parse(response.headers.get('date') ?? '');
  if (Number.isFinite(date)) {
    const now = date - Date.now();
    // The header has whole seconds: what is less than two is no difference.
    const next = Math.abs(now) > 2000 ? now : 0;
    if (Math.abs(next - skew) > 1000) localStorage.setItem(SKEW, String((skew = next)));
  }
  set(true);
}

/** The time by the server's clock, as far as it is known: a sale never happens in its future. */
export function serverNow(): number {
  return Date.now() + skew;
}

/** No answer came. */
export function sawNoAnswer(): void {
  set(false);
}

export function connection(): Connection {
  return state;
}

export function subscribeConnection(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

addEventListener('online', () => void probe());
addEventListener('offline', () => {
  set(false);
});
