import '@testing-library/jest-dom/vitest';
import 'fake-indexeddb/auto';

// What browsers have and jsdom lacks.

/** Web Locks, in one process: exclusive locks in turn, `ifAvailable` gives null. */
const held = new Map<string, Promise<unknown>>();

const locks = {
  async request(name: string, ...rest: unknown[]): Promise<unknown> {
    const run = rest.at(-1) as (lock: object | null) => Promise<unknown>;
    const options = rest.length > 1 ? (rest[0] as { ifAvailable?: boolean }) : {};
    if (options.ifAvailable && held.has(name)) return run(null);
    while (held.has(name)) await held.get(name)?.catch(() => undefined);
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
