import { createLogger } from './create-logger.js';
import { ConfigError, StartAbortedError } from './errors.js';

/**
 * Runs a service's main. A failure to start is told in a line on standard error and by exit code 1; a stop that was
 * asked for while it was starting is exit code 0. What nobody caught later is logged as fatal and ends the process.
 */
export function runMain(service: string, main: () => Promise<void>): void {
  const die = (err: unknown) => {
    createLogger({ service, level: 'fatal' }).fatal({ err }, 'unexpected failure: the process ends');
    process.exit(1);
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
  main().catch((error: unknown) => {
    if (error instanceof StartAbortedError) process.exit(0);
    process.stderr.write(`${service} cannot start: ${describe(error)}\n`);
    process.exit(1);
  });
}

function describe(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${oneLine(error.cause.message)})` : '';
  return oneLine(error.message || error.name) + cause;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
