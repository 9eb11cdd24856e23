import { SetupError, StartError, StoppedError } from '../local/errors.mjs';
import { Progress } from '../local/progress.mjs';
import { listenForStop } from '../local/stop-signal.mjs';
import { bench } from './bench.mjs';
import { start } from './start.mjs';
import { test } from './test.mjs';

/**
 * A command takes what follows its name on the line, and resolves with the exit code.
 * @typedef {(args: string[], context: { progress: Progress, stop: ReturnType<typeof listenForStop> }) => Promise<number>} Command
 */

/** @type {Record<string, Command>} */
const COMMANDS = { start, test, bench };

/** @param {string[]} argv */
export async function main([name = '', ...args]) {
  const command = COMMANDS[name];
  if (!command) {
    console.error('Use: npm start | npm test [-- path …] | npm run bench [-- name]');
    process.exit(2);
  }
  const context = { progress: new Progress(), stop: listenForStop() };
  try {
    process.exitCode = await command(args, context);
  } catch (error) {
    process.exitCode = report(error);
  }
  // Nothing must keep us: everything was closed by its owner.
  process.stdout.write('', () => process.exit());
}

/** @param {unknown} error */
function report(error) {
  if (error instanceof StoppedError) console.error(`Stopped: ${error.message}.`);
  else if (error instanceof SetupError) console.error(`\n✗ ${error.message}\n${error.hint}`.trimEnd());
  else if (error instanceof StartError) console.error(`\n✗ ${error.message}. Its last lines:\n${error.tail}`);
  else console.error(error);
  return error instanceof StoppedError ? 130 : 1;
}
