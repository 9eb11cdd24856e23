import { UnreachableServerError, WebhookError } from './errors.js';

/** Makes of whatever a request failed with an error that says what is wrong with which server. */
export function translateError(error: unknown, origin: string): WebhookError {
  const own = findOwnError(error);
  if (own) return own;
  const { code, message } = innermost(error);
  const why =
    (code && WORDS[code]) ?? (TLS_CODE.test(code ?? '') ? 'its certificate is not trusted' : message);
  return new UnreachableServerError(`${origin}: ${why}${code ? ` (${code})` : ''}`, error);
}

/** Whether a kept connection was closed by the server just as the next request was written to it. */
export function isStaleConnection(error: unknown): boolean {
  const { code, socket } = error as { code?: string; socket?: { bytesRead?: number } | null };
  return code === 'UND_ERR_SOCKET' && (socket?.bytesRead ?? 0) > 0;
}

const WORDS: Record<string, string> = {
  ECONNREFUSED: 'it refuses connections',
  ECONNRESET: 'it broke the connection',
  EPIPE: 'it broke the connection',
  UND_ERR_SOCKET: 'it closed the connection',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  ETIMEDOUT: 'no connection in time',
  UND_ERR_HEADERS_OVERFLOW: 'its headers are too long',
  ENOTFOUND: 'its name is not known',
  ENODATA: 'its name has no address',
  EAI_AGAIN: 'its name cannot be looked up just now',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no route to it',
};

const TLS_CODE = /CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME/;

interface Failure extends Error {
  code?: string;
  errors?: unknown[];
}

function findOwnError(error: unknown): WebhookError | null {
  if (error instanceof WebhookError) return error;
  const { cause, errors } = error as Failure;
  const inner = [...(errors ?? []), ...(cause ? [cause] : [])];
  return inner.map(findOwnError).find((found) => found !== null) ?? null;
}

/** The first of several connection attempts (AggregateError), since each failed with the same, and the cause's code. */
function innermost(error: unknown): Failure {
  const failure = error as Failure;
  const inner = failure.errors?.[0] ?? (failure.code ? undefined : failure.cause);
  return inner instanceof Error ? innermost(inner) : failure;
}
