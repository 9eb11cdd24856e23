import type { Call } from './call.js';
import { mintSid } from './ids.js';
import { newCall } from './new-call.js';

/** A queued call for tests, with what a test wants different. */
export function queuedCall(changes: Partial<Call> = {}): Call {
  const call = newCall({
    accountSid: mintSid('AC'),
    to: '+15551230001',
    from: '+15559990000',
    direction: 'outbound-api',
    apiVersion: '2012-04-24',
    dateCreated: '2026-11-23T10:00:00.000Z',
    instructions: {
      url: 'https://example.com/script',
      method: 'POST',
      fallbackUrl: null,
      fallbackMethod: 'POST',
      ringTimeoutSeconds: 60,
      markup: null,
      sendDigits: null,
      timeLimitSeconds: null,
      callerId: null,
      sipAuth: null,
      record: null,
      machineDetection: null,
      callee: 'any',
      sipHeaders: {},
    },
    statusCallback: null,
    metadata: {},
  });
  return { ...call, ...changes };
}

/** What happened so far, for a test to wait for more. */
export class Log<T> {
  readonly entries: T[] = [];
  #listeners = new Set<() => void>();

  add(entry: T): void {
    this.addAll([entry]);
  }

  addAll(entries: T[]): void {
    this.entries.push(...entries);
    for (const listener of [...this.#listeners]) listener();
  }

  /** Waits until the entries fit. */
  async until(what: string, fits: (entries: T[]) => boolean, timeoutMs = 15_000): Promise<T[]> {
    if (fits(this.entries)) return this.entries;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#listeners.delete(check);
        reject(new Error(`${what} did not come in ${timeoutMs} ms; came: ${this.entries.length} entries`));
      }, timeoutMs);
      const check = () => {
        if (!fits(this.entries)) return;
        clearTimeout(timer);
        this.#listeners.delete(check);
        resolve(this.entries);
      };
      this.#listeners.add(check);
    });
  }
}
