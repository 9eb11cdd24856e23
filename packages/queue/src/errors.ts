/** Redis cannot be asked just now: not connected, or no answer in time. The same request can succeed later. */
export class QueueUnavailableError extends Error {
  override readonly name = 'QueueUnavailableError';
  readonly retryable = true;
}

/**
 * Thrown by a handler that does not take its job just now: the job goes back to the waiting list at once, for another
 * worker to take, and this is no failed attempt. To be extended by whoever knows the reason.
 */
export class PutBackError extends Error {
  override readonly name: string = 'PutBackError';
  readonly retryable = true;
}

/**
 * Thrown by a handler that cannot take its job before a while: the job comes again after that, and this is no failed
 * attempt.
 */
export class DelayJobError extends Error {
  override readonly name = 'DelayJobError';
  readonly retryable = true;

  /** @param delayMs at least 1 */
  constructor(
    readonly delayMs: number,
    message: string,
  ) {
    super(message);
  }
}

/** A job's data is not what its schema says. */
export class MalformedJobError extends Error {
  override readonly name = 'MalformedJobError';
  readonly retryable = false;
}

/** Redis may throw jobs away: its maxmemory-policy is not noeviction. */
export class EvictingRedisError extends Error {
  override readonly name = 'EvictingRedisError';
  readonly retryable = false;
}
