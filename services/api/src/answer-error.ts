import { BusUnavailableError } from '@trunkline/bus';
import { QueueUnavailableError } from '@trunkline/queue';
import { StoreUnavailableError } from '@trunkline/store';
import { codeOfStatus } from './documents/error-codes.js';
import { RefusedRequestError } from './errors.js';

/** What an error is to the client. */
export interface ErrorAnswer {
  status: number;
  /** Its number in `documents/error-codes.ts`. */
  code: number;
  message: string;
  headers: Record<string, string>;
  /** A fault of ours, to be logged; the client is told nothing of it. */
  isFault: boolean;
}

const RETRY = { 'Retry-After': '2' };

/** The one place where errors become answers. What a server said stays inside. */
export function answerError(error: unknown): ErrorAnswer {
  if (error instanceof RefusedRequestError) {
    const { status, message } = error;
    return { status, code: error.code(), message, headers: error.headers(), isFault: false };
  }
  const away = whatIsAway(error);
  if (away !== null) {
    return {
      status: 503,
      code: codeOfStatus(503),
      message: `${away} just now: try again`,
      headers: RETRY,
      isFault: false,
    };
  }
  const message = 'Something went wrong on our side';
  return { status: 500, code: codeOfStatus(500), message, headers: {}, isFault: true };
}

/** Whoever is away comes back; what was refused for good is no better the next time, and somebody has to look. */
function whatIsAway(error: unknown): string | null {
  if (!(error instanceof Error && 'retryable' in error && error.retryable === true)) return null;
  if (error instanceof StoreUnavailableError) return 'Call history cannot be read';
  if (error instanceof BusUnavailableError) return 'Calls cannot be reached';
  return error instanceof QueueUnavailableError ? 'The queue cannot be asked' : 'This cannot be done';
}
