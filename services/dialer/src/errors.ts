import { PutBackError } from '@trunkline/queue';

/**
 * This dialer takes no calls at the moment (no broker, no lease, no room, or it is going down): another one may, so that
 * the job goes back to the others at once.
 */
export class NotAdmittingError extends PutBackError {
  override readonly name = 'NotAdmittingError';

  constructor(reasons: readonly string[]) {
    super(`no calls are taken now: ${reasons.join(', ')}`);
  }
}

/**
 * A dialer whose lease is not there may have had no time to renew it: the brokers were away. In a few seconds it is known;
 * nobody else knows sooner.
 */
export class FateUnknownError extends Error {
  override readonly name = 'FateUnknownError';
  readonly retryable = true;

  constructor(dialerId: string) {
    super(`it is not known yet whether ${dialerId} lives`);
  }
}

/** The customer's markup server answered, but not with markup. Customers keep secrets in paths and queries: neither is told. */
export class MarkupStatusError extends Error {
  override readonly name = 'MarkupStatusError';
  readonly retryable = true;

  constructor(
    url: string,
    /** The HTTP status. */
    readonly status: number,
  ) {
    super(`${new URL(url).origin} answered ${status}; only 2xx brings markup`);
  }
}

/** No address was found that others could send SIP and RTP to. */
export class NoPublicAddressError extends Error {
  override readonly name = 'NoPublicAddressError';
  readonly retryable = false;
}

/** A secret that came with a call cannot be opened here: this process was given no SECRET_KEY. */
export class NoSecretKeyError extends Error {
  override readonly name = 'NoSecretKeyError';
  readonly retryable = false;

  constructor() {
    super('SECRET_KEY is not set, so that nothing sealed can be opened');
  }
}

/** Every address of a trunk is one that its account may not have SIP sent to. */
export class ForbiddenTargetError extends Error {
  override readonly name = 'ForbiddenTargetError';
  readonly retryable = false;

  constructor(host: string, why: string) {
    super(`${host} has no address that is allowed: it is ${why}`);
  }
}
