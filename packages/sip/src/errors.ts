import type { SipRequest } from './message.js';

/**
 * A message, or a part of one, that is not SIP as RFC 3261 §25 writes it.
 *
 * `status` is what a request like this gets as its answer (400, 416, 501, 505 ...); null: drop it silently (responses, ACKs,
 * and what cannot even be told to be a request).
 */
export class SipParseError extends Error {
  override readonly name = 'SipParseError';
  readonly retryable = false;
  readonly status: number | null;
  /** What is wrong, short enough for a reason phrase and free of bytes that came from the peer. */
  readonly reason: string;
  /**
   * As much of the request as could be read, so that it can be answered without state (RFC 3261 §8.2.7). Its top Via is
   * readable; any other header may be absent, double or malformed: copy, do not parse. Null: not to be answered.
   */
  readonly request: SipRequest | null;

  constructor(reason: string, status: number | null = 400, request: SipRequest | null = null) {
    super(status === null ? reason : `${status} ${reason}`);
    this.status = status;
    this.reason = reason;
    this.request = request;
  }
}

/** A value of ours that must not be written into a message: it would break out of its header (CR, LF) or its quotes. */
export class UnsafeValueError extends Error {
  override readonly name = 'UnsafeValueError';
  readonly retryable = false;
}

/** More requests are being answered than there is memory for; this one was dropped, and will come again. */
export class OverloadError extends Error {
  override readonly name = 'OverloadError';
  readonly retryable = true;
}

/** A datagram could not be sent, or a socket could not be opened; another try or another target may work. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly retryable = true;
}

/** A host has no address that can be reached by what we speak, or DNS does not say. */
export class ResolveError extends Error {
  override readonly name = 'ResolveError';
  readonly retryable = true;

  constructor(
    readonly host: string,
    /** What is missing there. */
    lack = 'has no address to send SIP to',
    options?: ErrorOptions,
  ) {
    super(`${host} ${lack}`, options);
  }
}
