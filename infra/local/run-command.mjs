import { SetupError } from './errors.mjs';

/** As much of what a command wrote as an error message can use. */
const KEPT_OUTPUT = 64 * 1024;

/**
 * Runs a command to its end.
 * @param {import('./owned-processes.mjs').OwnedProcesses} owned
 * @param {string[]} argv
 * @param {import('./owned-processes.mjs').LaunchOptions & { hint?: string }} [options]
 * @returns {Promise<string>} what it wrote to its output
 * @throws {SetupError} with its last lines, when it fails
 */
export async function runCommand(owned, argv, { hint = '', ...options } = {}) {
  const { code, output, errors } = await tryCommand(owned, argv, options);
  if (code === 0) return output;
  const tail = lastLines(errors.trim() || output.trim(), 15);
  throw new SetupError(`\`${argv.slice(0, 4).join(' ')} …\` ended with ${code}:\n${tail}`, hint);
}

/**
 * @param {import('./owned-processes.mjs').OwnedProcesses} owned
 * @param {string[]} argv
 * @param {import('./owned-processes.mjs').LaunchOptions} [options]
 * @returns {Promise<{ code: number | string, output: string, errors: string }>} code: a number, or what kept it from ending with one
 */
export function tryCommand(owned, argv, options = {}) {
  const child = owned.launch(argv, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    errors = (errors + text).slice(-KEPT_OUTPUT);
  });
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: error.message, output, errors }));
    child.once('close', (code, signal) => resolve({ code: code ?? `${signal}`, output, errors }));
  });
}

/**
 * @param {string} text
 * @param {number} count
 */
export function lastLines(text, count) {
  return text.split('\n').slice(-count).join('\n');
}
