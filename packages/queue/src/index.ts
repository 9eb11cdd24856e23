export { type DialQueue, openDialQueue } from './dial-queue.js';
export { type DialWorker, type DialWorkerOptions, startDialWorker } from './dial-worker.js';
export {
  DelayJobError,
  EvictingRedisError,
  MalformedJobError,
  PutBackError,
  QueueUnavailableError,
} from './errors.js';
export type { QueueOptions } from './queue-options.js';
