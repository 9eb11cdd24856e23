/** NATS cannot be asked just now: not connected, or no answer in time. The same request can succeed later. */
export class BusUnavailableError extends Error {
  override readonly name = 'BusUnavailableError';
  readonly retryable = true;
}

/** Nobody takes the command: the dialer it is for is gone. */
export class NoResponderError extends Error {
  override readonly name = 'NoResponderError';
  readonly retryable = false;
}

/** What came over the bus, or was about to leave on it, is not what its schema says. */
export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError';
  readonly retryable = false;
}

/** NATS understood the request and refused it: a limit of the stream, a right that is missing. */
export class BusRefusedError extends Error {
  override readonly name = 'BusRefusedError';
  readonly retryable = false;
}
