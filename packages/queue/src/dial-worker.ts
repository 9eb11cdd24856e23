import type { DialCall } from '@trunkline/contracts';
import { QueueUnavailableError } from './errors.js';
import type { QueueOptions } from './queue-options.js';

export interface DialWorkerOptions extends QueueOptions {
  /** Handlers under way at once, at most. */
  concurrency: number;
  /** When it resolves the job is done; when it rejects the job comes again, later each time. */
  handler: (job: DialCall) => Promise<void>;
  /** Told of a job that is no dial order; it is removed. */
  onPoison?: (raw: unknown, error: Error) => void;
  /** Takes nothing until `resume`. */
  startPaused?: boolean;
}

/** Takes jobs. It reconnects for ever. */
export interface DialWorker {
  /** Takes no more jobs; those under way go on. */
  pause(): void;
  resume(): void;
  /** Waits for the handlers under way. */
  close(): Promise<void>;
}

/** Starts to take jobs. */
export function startDialWorker(options: DialWorkerOptions): DialWorker {
  throw new QueueUnavailableError(`no queue in ${options.namespace} yet`);
}
