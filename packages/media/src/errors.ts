/** A session description that is broken, or that leaves nothing to talk with; the message says what is wrong. */
export class MediaError extends Error {
  override readonly name = 'MediaError';
  readonly retryable = false;
}

/** Every port of the pool is taken, resting, or held by another program. */
export class NoPortError extends Error {
  override readonly name = 'NoPortError';
  readonly retryable = true;

  constructor(total: number) {
    super(`no free RTP port among ${total}: give a wider range, or fewer calls`);
  }
}

/** The system gives no socket on the address, whatever the port. */
export class MediaSocketError extends Error {
  override readonly name = 'MediaSocketError';
  readonly retryable = true;

  constructor(host: string, cause: Error) {
    super(`no UDP socket on ${host}: ${cause.message}`, { cause });
  }
}
