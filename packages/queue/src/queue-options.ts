/** Where the queue is, and who hears of its troubles. */
export interface QueueOptions {
  /** `redis://user:password@host:port/db`, or `rediss:` for TLS. */
  url: string;
  /** Sets apart everything in Redis that belongs to one cluster; may be empty. */
  namespace: string;
  /** Faults that nobody waits for: a connection that is lost, a Redis that evicts, a job that cannot be finished. */
  onError?: (error: Error) => void;
  /** Told when Redis is there, and of every change after that. */
  onAvailability?: (up: boolean) => void;
}
