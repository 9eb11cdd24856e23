/** This dialer takes no calls at the moment (no broker, no lease, no room, or it is going down): another one may. */
export class NotAdmittingError extends Error {
  readonly name = 'NotAdmittingError';
  readonly retryable = true;

  constructor(reasons: readonly string[]) {
    super(`no calls are taken now: ${reasons.join(', ')}`);
  }
}

/** A trunk's host name has no address, or none was found in time. */
export class HostLookupError extends Error {
  readonly name = 'HostLookupError';
  readonly retryable = true;

  constructor(host: string, options?: ErrorOptions) {
    super(`no address for ${host}`, options);
  }
}

/** A trunk in TRUNKS that cannot be used; the message never holds its password. */
export class TrunkSyntaxError extends Error {
  readonly name = 'TrunkSyntaxError';
  readonly retryable = false;
}
