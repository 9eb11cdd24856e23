import type { CallRecord, DialCall } from '@trunkline/contracts';
import { QueueUnavailableError } from './errors.js';
import type { QueueOptions } from './queue-options.js';

/** The calls that wait to be dialed. Every method throws QueueUnavailableError within a second when Redis is away. */
export interface DialQueue {
  /** Adding the same call again does nothing while the queue knows it. */
  add(job: DialCall): Promise<void>;
  /** The job's call while the queue still knows it: also for a minute after it was taken. */
  peek(callSid: string): Promise<CallRecord | null>;
  /** Takes a waiting job out, since its call was ended before a dialer took it. Best effort: an active one stays. */
  remove(callSid: string): Promise<void>;
  counts(): Promise<{ waiting: number; active: number; delayed: number }>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the queue. It connects in the background, and reconnects for ever. */
export function openDialQueue(options: QueueOptions): DialQueue {
  throw new QueueUnavailableError(`no queue in ${options.namespace} yet`);
}
