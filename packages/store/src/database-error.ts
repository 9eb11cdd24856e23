import pg from 'pg';
import { ConflictError, StoreError, StoreUnavailableError } from './errors.js';

/** Turns whatever the driver threw into one of the package's errors, with the original as its cause. */
export function asStoreError(error: unknown): StoreError | StoreUnavailableError {
  if (error instanceof StoreError || error instanceof StoreUnavailableError) return error;
  const message = messageOf(error);
  if (isUniqueViolation(error))
    return new ConflictError(`Postgres has one already: ${message}`, { cause: error });
  return isUnavailable(error, message)
    ? new StoreUnavailableError(`Postgres is not available: ${message}`, { cause: error })
    : new StoreError(`Postgres refused: ${message}`, { cause: error });
}

/**
 * Whether the values themselves were refused, so that the rest of a batch could be written without them: a NUL byte, a
 * time that does not exist, a value too long for an index.
 */
export function isDataFault(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof pg.DatabaseError && DATA_FAULT_CLASSES.has(cause.code?.slice(0, 2) ?? '');
}

/** Whether the table asked for does not exist. */
export function isUndefinedTable(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '42P01';
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '23505';
}

/** SQLSTATE classes (Postgres manual, appendix A): data exception, integrity violation, program limit exceeded. */
const DATA_FAULT_CLASSES = new Set(['22', '23', '54']);

/** Connection exception, rolled back for another transaction, insufficient resources, operator intervention, I/O. */
const UNAVAILABLE_CLASSES = new Set(['08', '40', '53', '57', '58']);

/** A lock was not free in time (lock_timeout): it will be. */
const LOCK_NOT_AVAILABLE = '55P03';

/** Read-only: what a client sees between a failover's halves. */
const READ_ONLY_TRANSACTION = '25006';

/** The driver's own errors carry no code, only these words. */
const DRIVER_CONNECTION_MESSAGE = /timeout|terminated|not queryable|connection error|after calling end/i;

function isUnavailable(error: unknown, message: string): boolean {
  if (error instanceof pg.DatabaseError) {
    const code = error.code ?? '';
    if (code === LOCK_NOT_AVAILABLE) return true;
    return code === READ_ONLY_TRANSACTION || UNAVAILABLE_CLASSES.has(code.slice(0, 2));
  }
  return isSystemError(error) || DRIVER_CONNECTION_MESSAGE.test(message);
}

/** A failed system call or name look-up: ECONNREFUSED, ECONNRESET, ENOTFOUND, EAI_AGAIN and the like. */
function isSystemError(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && /^E[A-Z]/.test(error.code)
  );
}

/** A host with several addresses fails with an AggregateError, whose own message is empty. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
