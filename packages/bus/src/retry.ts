import { setTimeout as delay } from 'node:timers/promises';
import { backOffMs } from './back-off.js';

const RETRY = { firstMs: 200, lastMs: 5_000 };

/**
 * What must succeed in the end, or not be wanted any more, as the streams of a server that has just come back and is not
 * ready yet. Asked for again while it is under way it is not done twice at a time.
 */
export function createRetry(options: {
  attempt: () => Promise<void>;
  isWanted: () => boolean;
  onError: (error: Error) => void;
}): () => void {
  let isUnderWay = false;
  const run = async () => {
    for (let failures = 0; options.isWanted(); failures += 1) {
      try {
        await options.attempt();
        break;
      } catch (error) {
        options.onError(error as Error);
        await delay(backOffMs(failures, RETRY), undefined, { ref: false });
      }
    }
    isUnderWay = false;
  };
  return () => {
    if (isUnderWay) return;
    isUnderWay = true;
    // It cannot reject: what fails is tried again.
    void run();
  };
}
