/** A sealed text cannot be opened: it was sealed with another key or for something else, or it was changed. */
export class SealError extends Error {
  override readonly name = 'SealError';
  readonly retryable = false;
}
