/** NATS cannot be asked just now: not connected, or no answer in time. The same request can succeed later. */
export class BusUnavailableError extends Error {
  override readonly name = 'BusUnavailableError';
  readonly retryable = true;
  /** The request may have been carried out: only its answer is missing. */
  readonly outcomeUnknown: boolean;

  constructor(message: string, options: ErrorOptions & { outcomeUnknown?: boolean } = {}) {
    super(message, options);
    this.outcomeUnknown = options.outcomeUnknown ?? false;
  }
}

/** Nobody takes the command: the dialer it is for is gone. */
export class NoResponderError extends Error {
  override readonly name = 'NoResponderError';
  readonly retryable = false;
}

/** What came over the bus is not what its schema says. */
export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError';
  readonly retryable = false;
}

/** NATS understood the request and refused it: too large, a right that is missing, an impossible name. */
export class BusRefusedError extends Error {
  override readonly name = 'BusRefusedError';
  readonly retryable = false;
}

/** The live call is another dialer's now: it was taken over while its lease was lost. */
export class LiveCallTakenError extends Error {
  override readonly name = 'LiveCallTakenError';
  readonly retryable = false;
}
