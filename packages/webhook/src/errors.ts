/** Options of every error here: whether the same request may succeed later, and what it came from. */
interface Details {
  retryable: boolean;
  cause?: unknown;
}

/**
 * A request to a customer's server did not come to an answer. Messages name the server's origin and what is wrong; they
 * never hold a path, a query, or credentials, where customers keep secrets.
 */
export class WebhookError extends Error {
  override readonly name: string = 'WebhookError';
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;

  constructor(message: string, details: Details) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.retryable = details.retryable;
  }
}

/** The URL is not one that can be requested, whatever happens. */
export class InvalidUrlError extends WebhookError {
  override readonly name = 'InvalidUrlError';

  constructor(message: string) {
    super(message, { retryable: false });
  }
}

/** The host is at an address that may not be called: loopback, private, link-local, metadata and the like. */
export class ForbiddenAddressError extends WebhookError {
  override readonly name = 'ForbiddenAddressError';

  constructor(message: string) {
    super(message, { retryable: false });
  }
}

/** The whole exchange, redirects and body included, took longer than it may. */
export class WebhookTimeoutError extends WebhookError {
  override readonly name = 'WebhookTimeoutError';

  constructor(message: string) {
    super(message, { retryable: true });
  }
}

/** The caller's own signal ended the exchange. */
export class WebhookAbortedError extends WebhookError {
  override readonly name = 'WebhookAbortedError';

  constructor(message: string) {
    super(message, { retryable: true });
  }
}

/** No connection, or one that broke. */
export class UnreachableServerError extends WebhookError {
  override readonly name = 'UnreachableServerError';

  constructor(message: string, cause: unknown) {
    super(message, { retryable: true, cause });
  }
}

/** The server answered in a way that cannot be used: too long, too many redirects, an encoding not asked for. */
export class UnusableResponseError extends WebhookError {
  override readonly name = 'UnusableResponseError';

  constructor(message: string) {
    super(message, { retryable: false });
  }
}
