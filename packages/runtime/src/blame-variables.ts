import { ConfigError } from './errors.js';

/**
 * Waits for something that the environment chose (a port, an address), and names the variables to whoever reads why it
 * cannot be had: the library that failed knows nothing of them.
 * @throws ConfigError with the failure's message, and the failure as its cause
 */
export async function blameVariables<T>(names: readonly string[], work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const faults = new Map(names.map((name) => [name, reason]));
    throw new ConfigError(`${reason} (set by ${names.join(' and ')})`, faults, { cause });
  }
}
