import { SetupError, StartError, StoppedError } from '../local/errors.mjs';

/**
 * Says what went wrong and how to mend it; a stack trace only for what is our own fault.
 * @param {unknown} error
 * @returns {number} the exit code
 */
export function reportError(error) {
  if (error instanceof StoppedError) console.error(`Stopped: ${error.message}.`);
  else if (error instanceof SetupError) console.error(`\n✗ ${error.message}\n${error.hint}`.trimEnd());
  else if (error instanceof StartError) console.error(`\n✗ ${error.message}. Its last lines:\n${error.tail}`);
  else console.error(error);
  return error instanceof StoppedError ? 130 : 1;
}
