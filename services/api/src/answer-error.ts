import { BusUnavailableError } from '@trunkline/bus';
import { QueueUnavailableError } from '@trunkline/queue';
import { StoreUnavailableError } from '@trunkline/store';
import { RefusedRequestError } from './errors.js';

/** What an error is to the client. */
export interface ErrorAnswer {
  status: number;
  message: string;
  headers: Record<string, string>;
  /** A fault of ours, to be logged; the client is told nothing of it. */
  isFault: boolean;
}

const RETRY = { 'Retry-After': '2' };

/** The one place where errors become answers. What a server said stays inside. */
export function answerError(error: unknown): ErrorAnswer {
  if (error instanceof RefusedRequestError) {
    return { status: error.status, message: error.message, headers: error.headers(), isFault: false };
  }
  const away = whatIsAway(error);
  if (away !== null) {
    return { status: 503, message: `${away} just now: try again`, headers: RETRY, isFault: false };
  }
  return { status: 500, message: 'Something went wrong on our side', headers: {}, isFault: true };
}

/** Whoever is away comes back; what was refused for good is no better the next time, and somebody has to look. */
function whatIsAway(error: unknown): string | null {
  if (!(error instanceof Error && 'retryable' in error && error.retryable === true)) return null;
  if (error instanceof StoreUnavailableError) return 'Call history cannot be read';
  if (error instanceof BusUnavailableError) return 'Calls cannot be reached';
  return error instanceof QueueUnavailableError ? 'The queue cannot be asked' : 'This cannot be done';
}
