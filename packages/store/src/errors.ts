/** Postgres cannot be asked just now: not reachable, starting, out of room, or too slow. The same request can succeed later. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
  readonly retryable = true;
}

/** Postgres refused the request itself, or a migration failed: the same request fails again. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly retryable = false;
}
