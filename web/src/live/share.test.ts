import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Reading } from '@/api/events';
import type { News } from './feed';
import { share, type Share } from './share';

const { readEvents } = vi.hoisted(() => ({ readEvents: vi.fn() }));
vi.mock('@/api/events', () => ({ readEvents }));

/** The open streams, the newest last. */
let open: Reading[];
let shares: Share[];

beforeEach(() => {
  open = [];
  shares = [];
  readEvents.mockImplementation((_path: string, reading: Reading) => {
    open.push(reading);
    return new Promise<void>((_, fail) => {
      reading.signal.addEventListener('abort', () => {
        open = open.filter((one) => one !== reading);
        fail(new DOMException('over', 'AbortError'));
      });
    });
  });
});

afterEach(async () => {
  shares.forEach((tab) => {
    tab.stop();
  });
  await vi.waitFor(() => {
    expect(open).toHaveLength(0);
  });
});

/** A tab, and what it has heard. */
function tab(user = 'u'): { heard: (string | string[])[]; own: Share } {
  const heard: (string | string[])[] = [];
  const own = share(user, (news: News) => {
    heard.push(news === 'lost' ? news : news.map(({ event }) => event));
  });
  own.setActive(true);
  shares.push(own);
  return { heard, own };
}

const streams = (count: number) =>
  vi.waitFor(() => {
    expect(open).toHaveLength(count);
  });

function say(id: string, ...names: string[]): void {
  const [stream] = open;
  names.forEach((name) => {
    stream?.onEvent({ event: name, data: `{"event":"${name}"}`, id });
  });
  stream?.onPiece?.(id);
}

const hears = (heard: unknown[], ...news: unknown[]) =>
  vi.waitFor(() => {
    expect(heard).toEqual(news);
  });

test('two tabs read one stream, and both hear everything', async () => {
  const [a, b] = [tab(), tab()];
  await streams(1);
  say('1', 'ready');
  say('2', 'sale', 'stock');
  await hears(a.heard, ['ready'], ['sale', 'stock']);
  await hears(b.heard, ['ready'], ['sale', 'stock']);
  expect(readEvents).toHaveBeenCalledTimes(1);
});

test.each(['hidden', 'closed'] as const)(
  'when the tab that reads is %s, the other goes on from where it has heard',
  async (how) => {
    const [a, b] = [tab(), tab()];
    await streams(1);
    say('1', 'ready');
    say('2', 'sale');
    await hears(b.heard, ['ready'], ['sale']);
    if (how === 'hidden') a.own.setActive(false);
    else a.own.stop();
    await vi.waitFor(() => {
      expect(open[0]?.lastId).toBe('2');
    });
    say('2', 'ready');
    say('3', 'void');
    await hears(b.heard, ['ready'], ['sale'], ['void']);
    // A hidden tab goes on hearing; a closed one is gone.
    await hears(a.heard, ['ready'], ['sale'], ...(how === 'hidden' ? [['void']] : []));
  },
);

test('a tab that has missed something takes everything for old', async () => {
  const a = tab();
  await streams(1);
  say('1', 'ready');
  const b = tab();
  say('2', 'sale');
  await hears(b.heard, ['sale']);
  // The tab that reads speaks once while the other does not hear it, as one that the browser froze.
  const channel = new BroadcastChannel('salesflow.live');
  channel.postMessage({ user: 'u', from: '6', to: '7', events: [] });
  await hears(b.heard, ['sale'], 'lost');
  channel.close();
  await hears(a.heard, ['ready'], ['sale'], 'lost');
});

test('a reset of the server is one for every tab', async () => {
  const [a, b] = [tab(), tab()];
  await streams(1);
  say('1', 'ready');
  say('2', 'reset');
  await hears(a.heard, ['ready'], 'lost');
  await hears(b.heard, ['ready'], 'lost');
});

test('what one user may see is not told to another', async () => {
  const a = tab('u');
  await streams(1);
  const b = tab('v');
  const c = tab('u');
  say('1', 'ready');
  await hears(c.heard, ['ready']);
  expect(b.heard).toEqual([]);
  a.own.stop();
  await vi.waitFor(() => {
    expect(open[0]?.lastId).toBeUndefined();
  });
});

test('nobody reads while nobody looks', async () => {
  const a = tab();
  await streams(1);
  a.own.setActive(false);
  await streams(0);
  a.own.setActive(true);
  a.own.setActive(true);
  await streams(1);
  expect(readEvents.mock.calls.length).toBeGreaterThan(1);
});
