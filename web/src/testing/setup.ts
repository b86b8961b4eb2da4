import '@testing-library/jest-dom/vitest';
import 'fake-indexeddb/auto';

// What browsers have and jsdom lacks.

/** Web Locks, in one process: exclusive locks in turn, `ifAvailable` gives null, `signal` ends the wait. */
const held = new Map<string, Promise<unknown>>();

interface Options {
  ifAvailable?: boolean;
  signal?: AbortSignal;
}

const aborted = (signal: AbortSignal | undefined) =>
  new Promise<void>((done) => {
    signal?.addEventListener('abort', () => {
      done();
    });
  });

const locks = {
  async request(name: string, ...rest: unknown[]): Promise<unknown> {
    const run = rest.at(-1) as (lock: object | null) => Promise<unknown>;
    const options = rest.length > 1 ? (rest[0] as Options) : {};
    if (options.ifAvailable && held.has(name)) return run(null);
    while (held.has(name)) {
      await Promise.race([held.get(name)?.catch(() => undefined), aborted(options.signal)]);
      options.signal?.throwIfAborted();
    }
    const turn = Promise.resolve().then(() => run({ name }));
    held.set(name, turn);
    try {
      return await turn;
    } finally {
      held.delete(name);
    }
  },
};

Object.defineProperty(navigator, 'locks', { value: locks, configurable: true });

window.matchMedia ??= (query: string) =>
  ({
    matches: false,
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }) as unknown as MediaQueryList;
