// When a page has got what it asked for. The stream of what happens in the shop never ends, so the
// browser's own "networkidle" never comes.
const QUIET_MS = 500;
const LONGEST_MS = 60_000;
const open = new WeakMap();

const isStream = (request) => new URL(request.url()).pathname.endsWith('/events');

/** Counts the requests of a page from now on. */
export function counted(page) {
  const requests = new Set();
  const state = { requests, since: Date.now() };
  open.set(page, state);
  const ended = (request) => {
    requests.delete(request);
    state.since = Date.now();
  };
  page.on('request', (request) => {
    // What a page that is left had asked for may never be told to have ended.
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) requests.clear();
    if (!isStream(request)) requests.add(request);
  });
  page.on('requestfinished', ended);
  page.on('requestfailed', ended);
  return page;
}

/** Waits until nothing has been under way for half a second. */
export async function quiet(page) {
  const state = open.get(page);
  state.since = Date.now();
  for (const until = Date.now() + LONGEST_MS; Date.now() < until;) {
    if (state.requests.size === 0 && Date.now() - state.since >= QUIET_MS) return;
    await page.waitForTimeout(50);
  }
  const left = [...state.requests].map((request) => request.url());
  throw new Error(`the page did not come to rest: ${left.join(', ')}`);
}
