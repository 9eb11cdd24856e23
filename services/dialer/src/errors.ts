/** This dialer takes no calls at the moment (no broker, no lease, no room, or it is going down): another one may. */
export class NotAdmittingError extends Error {
  override readonly name = 'NotAdmittingError';
  readonly retryable = true;

  constructor(reasons: readonly string[]) {
    super(`no calls are taken now: ${reasons.join(', ')}`);
  }
}

/** A trunk's host name has no address, or none was found in time. */
export class HostLookupError extends Error {
  override readonly name = 'HostLookupError';
  readonly retryable = true;

  constructor(host: string, options?: ErrorOptions) {
    super(`no address for ${host}`, options);
  }
}

/** A trunk in TRUNKS that cannot be used; the message never holds its password. */
export class TrunkSyntaxError extends Error {
  override readonly name = 'TrunkSyntaxError';
  readonly retryable = false;
}

/** The customer's markup server answered, but not with markup. */
export class MarkupStatusError extends Error {
  override readonly name = 'MarkupStatusError';
  readonly retryable = true;

  constructor(url: string, status: number) {
    super(`${url} answered ${status}; only 2xx brings markup`);
  }
}

/** No address was found that others could send SIP and RTP to. */
export class NoPublicAddressError extends Error {
  override readonly name = 'NoPublicAddressError';
  readonly retryable = false;
}
