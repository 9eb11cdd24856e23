import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const GUARDIAN = fileURLToPath(new URL('guardian.sh', import.meta.url));

/**
 * @typedef {object} LaunchOptions
 * @property {'KILL' | 'TERM' | 'QUIT' | 'INT'} [deathSignal] what the process gets when we die without a word
 * @property {string[]} [enter] a command that runs the rest of the line (`unshare …`)
 * @property {NodeJS.ProcessEnv} [env]
 * @property {string} [cwd]
 * @property {import('node:child_process').StdioOptions} [stdio]
 * @property {number} [uid]
 * @property {number} [gid]
 */

/**
 * Every process that we start, none of which outlives us, whatever ends us: each is the head of a session of its own
 * (so a terminal's Ctrl-C reaches only us, who know the order of stopping), the kernel signals it when we die
 * (`setpriv --pdeathsig`, where there is one), and a guardian ends its whole group, grandchildren included.
 */
export class OwnedProcesses {
  /** @type {Map<number, string>} pid (which is the group too) to the signal it gets when we die */
  #alive = new Map();
  #guardian;

  /** @param {{ removeDir?: string }} [options] removeDir: a folder to delete when we are gone */
  constructor({ removeDir = '' } = {}) {
    this.#guardian = spawn('sh', [GUARDIAN, removeDir], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#guardian.on('error', () => {});
    this.#guardian.stdin.on('error', () => {});
    this.#guardian.unref();
  }

  /**
   * @param {string[]} argv
   * @param {LaunchOptions} [options]
   */
  launch(argv, { deathSignal = 'KILL', enter = [], ...options } = {}) {
    const line = [...enter, ...tieToParent(deathSignal), ...argv];
    const child = spawn(line[0] ?? '', line.slice(1), { stdio: 'ignore', ...options, detached: true });
    const { pid } = child;
    if (pid !== undefined) {
      this.#alive.set(pid, deathSignal);
      this.#tellGuardian();
      child.once('exit', () => this.#forget(pid));
    }
    return child;
  }

  /**
   * Signals the groups of all that still live.
   * @param {NodeJS.Signals} signal
   */
  signalAll(signal) {
    for (const pid of this.#alive.keys()) signalGroup(pid, signal);
  }

  /** Kills what is left, and lets the guardian go. */
  close() {
    this.signalAll('SIGKILL');
    this.#alive.clear();
    this.#tellGuardian();
    this.#guardian.stdin.end();
  }

  /** @param {number} pid */
  #forget(pid) {
    this.#alive.delete(pid);
    this.#tellGuardian();
  }

  #tellGuardian() {
    const entries = [...this.#alive].map(([pid, signal]) => `${signal}:${pid}`);
    if (this.#guardian.stdin.writable) this.#guardian.stdin.write(`${entries.join(' ')}\n`);
  }
}

/**
 * Signals a process and all of its group.
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
export function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // It is gone already, which is as good.
  }
}

/** @type {boolean | undefined} */
let hasSetpriv;

/** @param {string} signal */
function tieToParent(signal) {
  hasSetpriv ??= spawnSync('setpriv', ['--pdeathsig', 'KILL', '--', 'true']).status === 0;
  return hasSetpriv ? ['setpriv', '--pdeathsig', signal, '--'] : [];
}
