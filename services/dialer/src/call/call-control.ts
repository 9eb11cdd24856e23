import type { Call } from '@trunkline/contracts';
import {
  type CallControl,
  type MarkupWarning,
  runScript,
  type Script,
  type ScriptEnd,
} from '@trunkline/rcml';
import type { Clock } from '@trunkline/sip';
import { type CallLine, createMarkupFetcher, type FetchOptions, type MarkupSubject } from './fetch-markup.js';
import { MarkupFaults } from './markup-faults.js';

/** Runs the markup of a call until it ends or `signal` says stop. Never rejects. */
export type MarkupRunner = (subject: MarkupSubject, signal: AbortSignal) => Promise<ScriptEnd>;

export interface MarkupOptions extends FetchOptions {
  clock: Clock;
}

export function createMarkupRunner(options: MarkupOptions): MarkupRunner {
  return async (subject, signal) => {
    const faults = new MarkupFaults(subject.history);
    const control = createCallControl(subject, faults, options);
    const end = await runScript(scriptOf(subject.call()), control, signal);
    if (end.kind === 'failed') faults.tell(end.error);
    return end;
  };
}

/** What verbs can do to one call. */
export function createCallControl(
  subject: MarkupSubject,
  faults: MarkupFaults,
  options: MarkupOptions,
): CallControl {
  const { clock, log } = options;
  return {
    fetchMarkup: createMarkupFetcher(subject, faults, options),
    ...(subject.line ?? ANSWERED_LINE),
    pause: (seconds, signal) => pause(clock, seconds, signal),
    warn(warning) {
      const { cause, ...told } = warning;
      log.warn({ callSid: subject.call().sid, ...told }, 'markup was not obeyed as written');
      if (cause) faults.tell(cause);
      subject.history.note('warning', {
        code: SCHEMA_WARNING,
        message: tellWarning(warning),
        ...faults.page,
      });
    },
  };
}

/** Of a call that we placed: there is nothing left to answer, and the markup's Reject is not asked for. */
const ANSWERED_LINE: CallLine = { isAnswered: () => true, answer: async () => {}, reject: async () => {} };

/** Twilio's: the markup is not as it should be, and the call goes on. */
const SCHEMA_WARNING = 12200;

function tellWarning({ verb, line, message }: MarkupWarning): string {
  return line === null ? `${verb}: ${message}` : `${verb} (line ${line}): ${message}`;
}

function scriptOf({ instructions }: Call): Script {
  const { url, method, markup, fallbackUrl, fallbackMethod } = instructions;
  return {
    start: url === null ? { markup: markup ?? '' } : { url, method },
    fallback: fallbackUrl === null ? null : { url: fallbackUrl, method: fallbackMethod },
  };
}

/** A timer's longest delay: Node runs a longer one at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** @throws the signal's reason when it says stop first */
function pause(clock: Clock, seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = () => {
      timer.cancel();
      reject(signal.reason);
    };
    const timer = clock.after(Math.min(seconds * 1000, MAX_TIMER_MS), () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    signal.addEventListener('abort', stop, { once: true });
  });
}
