import type { Call } from '@trunkline/contracts';
import { type CallControl, runScript, type Script, type ScriptEnd } from '@trunkline/rcml';
import type { Clock } from '@trunkline/sip';
import type { WebhookClient } from '@trunkline/webhook';
import { MarkupStatusError } from '../errors.js';
import type { CallLog } from './call-log.js';

/** Runs the markup of an answered call until it ends or `signal` says stop. Never rejects. */
export type MarkupRunner = (call: () => Call, signal: AbortSignal) => Promise<ScriptEnd>;

export interface MarkupOptions {
  client: Pick<WebhookClient, 'send'>;
  clock: Clock;
  log: CallLog;
  /** Told of each request for markup: whether it brought any. */
  onFetched: (result: 'ok' | 'failed') => void;
}

export function createMarkupRunner(options: MarkupOptions): MarkupRunner {
  return (call, signal) => runScript(scriptOf(call()), createCallControl(call, options), signal);
}

/** What verbs can do to one call. */
export function createCallControl(call: () => Call, options: MarkupOptions): CallControl {
  const { client, clock, log, onFetched } = options;
  return {
    async fetchMarkup({ url, method }, signal) {
      try {
        const response = await client.send({ url, method, params: markupParams(call()), signal });
        if (response.status < 200 || response.status > 299)
          throw new MarkupStatusError(response.url, response.status);
        onFetched('ok');
        return { url: response.url, contentType: response.contentType, body: response.body };
      } catch (error) {
        if (!signal.aborted) {
          onFetched('failed');
          const server = originOf(url);
          log.warn({ callSid: call().sid, server, err: error }, 'markup could not be fetched');
        }
        throw error;
      }
    },
    pause: (seconds, signal) => pause(clock, seconds, signal),
    warn: (warning) => log.warn({ callSid: call().sid, ...warning }, 'markup was not obeyed as written'),
  };
}

/** A URL without its path and query, where customers keep secrets. */
function originOf(url: string): string | null {
  return URL.parse(url)?.origin ?? null;
}

/** The parameters of every request for markup (Restcomm's set); what is not known is left out. */
export function markupParams(call: Call): [string, string][] {
  const known: [string, string | null][] = [
    ['CallSid', call.sid],
    ['AccountSid', call.accountSid],
    ['From', call.from],
    ['To', call.to],
    ['CallStatus', call.status],
    ['ApiVersion', call.apiVersion],
    ['Direction', call.direction],
    ['CallerName', call.callerName],
    ['ForwardedFrom', call.forwardedFrom],
    ['ParentCallSid', call.parentCallSid],
    ['CallTimestamp', call.dateCreated],
  ];
  return known.filter((param): param is [string, string] => param[1] !== null);
}

function scriptOf({ instructions }: Call): Script {
  const { url, method, fallbackUrl, fallbackMethod } = instructions;
  return {
    start: { url, method },
    fallback: fallbackUrl === null ? null : { url: fallbackUrl, method: fallbackMethod },
  };
}

/** A timer's longest delay: Node runs a longer one at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

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
