/** Redis cannot be asked just now: not reachable, or too slow. The same request can succeed later. */
export class LimitsUnavailableError extends Error {
  override readonly name = 'LimitsUnavailableError';
  readonly retryable = true;
}
