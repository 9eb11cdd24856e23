import { Progress } from '../local/progress.mjs';
import { listenForStop } from '../local/stop-signal.mjs';
import { bench } from './bench.mjs';
import { reportError } from './report-error.mjs';
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
    console.error('Use: npm start | npm test [-- path …] | npm run bench [-- name [argument …]]');
    process.exit(2);
  }
  const context = { progress: new Progress(), stop: listenForStop() };
  try {
    process.exitCode = await command(args, context);
  } catch (error) {
    process.exitCode = reportError(error);
  }
  // Nothing must keep us: everything was closed by its owner.
  process.stdout.write('', () => process.exit());
}
