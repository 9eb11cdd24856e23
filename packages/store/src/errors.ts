/** Postgres cannot be asked just now: not reachable, starting, out of room, or too slow. The same request can succeed later. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
  readonly retryable = true;
  /** Whether the statement was given up after the longest that it may take (57014): again, it is likely to take as long. */
  readonly isTooSlow = this.cause instanceof Error && 'code' in this.cause && this.cause.code === '57014';
}

/** Postgres refused the request itself, or a migration failed: the same request fails again. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError';
  readonly retryable = false;
}

/** What is there already stands against the request: a second thing of a kind of which there is one, a closed account. */
export class ConflictError extends StoreError {
  override readonly name = 'ConflictError';
}

/** The account, with those that count with it, has as many things of a kind as it may have. */
export class LimitReachedError extends StoreError {
  override readonly name = 'LimitReachedError';

  constructor(readonly max: number) {
    super(`There are ${max} of them already, which is the most`);
  }
}

/** The text does not tell a place in a list of this order: it was not made by the store, or for another order. */
export class BadCursorError extends StoreError {
  override readonly name = 'BadCursorError';
}
