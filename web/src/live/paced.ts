/** Work that may be asked for at any rate, and is done at a bounded one. */

export interface Paced {
  ask: () => void;
  stop: () => void;
}

/** What comes together is one: a sale, and the stock that it took. */
const SOON_MS = 200;

/**
 * Runs soon after it was asked for, once however often it was, and again only `everyMs` after the end
 * of the run before. What is asked for during a run is done by the next.
 */
export function paced(run: () => Promise<unknown>, everyMs: number): Paced {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isRunning = false;
  let isAsked = false;
  let isStopped = false;
  let notBefore = 0;

  const plan = () => {
    if (isStopped || isRunning || !isAsked || timer !== undefined) return;
    timer = setTimeout(start, Math.max(SOON_MS, notBefore - Date.now()));
  };
  const start = () => {
    timer = undefined;
    isAsked = false;
    isRunning = true;
    run()
      .catch(() => undefined)
      .finally(() => {
        isRunning = false;
        notBefore = Date.now() + everyMs;
        plan();
      });
  };
  return {
    ask: () => {
      isAsked = true;
      plan();
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
