/** Where the queue is, and who hears of its troubles. */
export interface QueueOptions {
  /** `redis://user:password@host:port/db`, or `rediss:` for TLS. */
  url: string;
  /** Sets apart everything in Redis that belongs to one cluster; may be empty. */
  namespace: string;
  /** Faults that nobody waits for: a connection that is lost (once), a Redis that evicts, a job that stays unfinished. */
  onError?: (error: Error) => void;
  /** Told when Redis is there, and of every change after that. */
  onAvailability?: (up: boolean) => void;
}

/** What every key of a cluster's queue begins with. */
export function keyPrefix(namespace: string): string {
  return namespace === '' ? 'trunkline' : `trunkline:${namespace}`;
}
