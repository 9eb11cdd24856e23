import { codeOfParameter, codeOfStatus } from './documents/error-codes.js';

/** A request that is answered with something other than what it asked for. The message is for the client. */
export abstract class RefusedRequestError extends Error {
  abstract readonly status: number;
  abstract readonly retryable: boolean;

  /** What the answer carries besides its message. */
  headers(): Record<string, string> {
    return {};
  }

  /** Its number in `documents/error-codes.ts`: the status's own, unless the failure has a finer one. */
  code(): number {
    return codeOfStatus(this.status);
  }
}

/** 400: a parameter is missing or wrong. The message begins with its name. */
export class BadParameterError extends RefusedRequestError {
  override readonly name = 'BadParameterError';
  readonly status = 400;
  readonly retryable = false;

  /** @param ownCode when it is another than what follows from the parameter */
  constructor(
    readonly parameter: string,
    private readonly complaint: string,
    private readonly ownCode: number | null = null,
  ) {
    super(`${parameter} ${complaint}`);
  }

  override code(): number {
    return this.ownCode ?? codeOfParameter(this.parameter, this.complaint.startsWith('is required'));
  }
}

/** 401: no credentials, or wrong ones (RFC 7617). */
export class UnauthorizedError extends RefusedRequestError {
  override readonly name = 'UnauthorizedError';
  readonly status = 401;
  readonly retryable = false;

  override headers(): Record<string, string> {
    return { 'WWW-Authenticate': 'Basic realm="Trunkline", charset="UTF-8"' };
  }
}

/** 403: the credentials are right, but not for this. */
export class ForbiddenError extends RefusedRequestError {
  override readonly name = 'ForbiddenError';
  readonly status = 403;
  readonly retryable = false;
}

/** 403: the account, or one above it, is suspended or closed. */
export class AccountInactiveError extends RefusedRequestError {
  override readonly name = 'AccountInactiveError';
  readonly status = 403;
  readonly retryable = false;

  override code(): number {
    return 20005;
  }
}

/** 409: what is there already stands against it: a second rate of a prefix, a closed account. */
export class AlreadySetError extends RefusedRequestError {
  override readonly name = 'AlreadySetError';
  readonly status = 409;
  readonly retryable = false;

  /** @param ownCode when there is a finer one than the status's */
  constructor(
    message: string,
    options?: ErrorOptions,
    private readonly ownCode: number | null = null,
  ) {
    super(message, options);
  }

  override code(): number {
    return this.ownCode ?? super.code();
  }
}

/** 404: no such path, account or call. */
export class NotFoundError extends RefusedRequestError {
  override readonly name = 'NotFoundError';
  readonly status = 404;
  readonly retryable = false;
}

/** 405: the path is known, and takes other methods (RFC 9110 §15.5.6). */
export class MethodNotAllowedError extends RefusedRequestError {
  override readonly name = 'MethodNotAllowedError';
  readonly status = 405;
  readonly retryable = false;

  constructor(
    method: string,
    private readonly allowed: readonly string[],
  ) {
    super(`${method} is not possible here, but ${allowed.join(', ')}`);
  }

  override headers(): Record<string, string> {
    return { Allow: this.allowed.join(', ') };
  }
}

/** 409: the call is in a state in which this cannot be done. */
export class CallStateError extends RefusedRequestError {
  override readonly name = 'CallStateError';
  readonly status = 409;
  readonly retryable = false;

  override code(): number {
    return 21220;
  }
}

/** 410: the call is over. */
export class CallEndedError extends RefusedRequestError {
  override readonly name = 'CallEndedError';
  readonly status = 410;
  readonly retryable = false;

  override code(): number {
    return 21220;
  }
}

/** 409: the call is not over, so that its record cannot be deleted. */
export class CallNotOverError extends RefusedRequestError {
  override readonly name = 'CallNotOverError';
  readonly status = 409;
  readonly retryable = false;

  override code(): number {
    return 20009;
  }
}

/** 409: the Idempotency-Key of a request stands for something else. */
export class CreateKeyError extends RefusedRequestError {
  override readonly name = 'CreateKeyError';
  readonly status = 409;
  readonly retryable = false;
}

/** 413: the body is larger than what a request may have. */
export class BodyTooLargeError extends RefusedRequestError {
  override readonly name = 'BodyTooLargeError';
  readonly status = 413;
  readonly retryable = false;

  constructor(maxBytes: number) {
    super(`The body is larger than ${maxBytes} bytes`);
  }

  /** What is left of the body is not read. */
  override headers(): Record<string, string> {
    return { Connection: 'close' };
  }
}

/** 415: the body is no form. */
export class UnsupportedMediaTypeError extends RefusedRequestError {
  override readonly name = 'UnsupportedMediaTypeError';
  readonly status = 415;
  readonly retryable = false;
}

/** 400: the client went away, or broke off, before its body was complete. Nobody reads the answer. */
export class BrokenBodyError extends RefusedRequestError {
  override readonly name = 'BrokenBodyError';
  readonly status = 400;
  readonly retryable = true;
}

/** 429: more requests, or calls, than the account may have; the same request can succeed after so many seconds. */
export class TooManyRequestsError extends RefusedRequestError {
  override readonly name = 'TooManyRequestsError';
  readonly status = 429;
  readonly retryable = true;

  constructor(
    message: string,
    private readonly retryAfterSeconds: number,
  ) {
    super(message);
  }

  /** Whole seconds, at least one (RFC 9110 §10.2.3). */
  override headers(): Record<string, string> {
    return { 'Retry-After': String(Math.max(1, Math.ceil(this.retryAfterSeconds))) };
  }
}

/** 503: not possible just now; the same request can succeed after so many seconds. */
export class TryAgainError extends RefusedRequestError {
  override readonly name = 'TryAgainError';
  readonly status = 503;
  readonly retryable = true;

  constructor(
    message: string,
    private readonly retryAfterSeconds: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  override headers(): Record<string, string> {
    return { 'Retry-After': String(this.retryAfterSeconds) };
  }
}

/** 503: the list would take longer than the database may work at it; the same request is likely to fail again. */
export class ListTooSlowError extends RefusedRequestError {
  override readonly name = 'ListTooSlowError';
  readonly status = 503;
  readonly retryable = false;

  constructor(options?: ErrorOptions) {
    super('This list takes too long: narrow it by StartTime, To or From, or sort it by DateCreated', options);
  }
}

/** The port cannot be listened on. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly retryable = false;
}
