import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from './errors.mjs';
import { openLog, sizeOf, tailOf } from './log-files.mjs';
import { signalGroup } from './owned-processes.mjs';

const POLL_MS = 50;
const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 10_000;
/** A process that lived this long is forgiven its earlier deaths. */
const FORGIVEN_AFTER_MS = 30_000;

/**
 * @typedef {object} Program
 * @property {string} label its name in messages, and its log's
 * @property {(log: number) => import('node:child_process').ChildProcess} launch starts it, writing to the open file `log`
 * @property {() => Promise<boolean>} isReady
 * @property {NodeJS.Signals} stopSignal
 * @property {number} stopTimeoutMs how long it may take to stop before it is killed
 * @property {string} logPath
 * @property {() => Promise<void>} [beforeRestart]
 * @property {number} [readyTimeoutMs] for the first start
 */

/** @typedef {(ms: number, value: undefined, options: { signal: AbortSignal }) => Promise<unknown>} Wait */

/** A process that is started again when it dies, until it is told to stop. */
export class KeptProcess {
  /** @type {import('node:child_process').ChildProcess | null} */
  #child = null;
  #stopping = new AbortController();
  #program;
  #say;
  #wait;

  /**
   * @param {Program} program
   * @param {(line: string) => void} say where to tell of deaths and returns
   * @param {Wait} wait what passes the time before a restart
   */
  constructor(program, say, wait = sleep) {
    this.#program = program;
    this.#say = say;
    this.#wait = wait;
  }

  get pid() {
    return this.#child?.pid;
  }

  /**
   * Starts it for the first time, and waits until it is ready. From then on it is kept alive.
   * @throws {StartError}
   */
  async start() {
    const { label, logPath, readyTimeoutMs = 30_000 } = this.#program;
    const from = await sizeOf(logPath);
    const child = this.#launch();
    const result = await this.#readiness(child, AbortSignal.timeout(readyTimeoutMs));
    if (result === 'ready') return this.#keep(child, Date.now(), 0);
    if (this.#stopping.signal.aborted) return;
    await this.kill();
    const what = result === 'late' ? `was not ready within ${readyTimeoutMs / 1000} s` : describeEnd(child);
    throw new StartError(`${label} ${what}`, tailOf(logPath, { from }));
  }

  /** Asks it to stop; kills it when it takes too long. @returns {Promise<void>} resolves when it is gone */
  async stop() {
    this.#stopping.abort();
    const child = this.#child;
    if (!child?.pid || hasEnded(child)) return;
    child.kill(this.#program.stopSignal);
    const timer = setTimeout(() => this.#signal('SIGKILL'), this.#program.stopTimeoutMs);
    await ended(child);
    clearTimeout(timer);
  }

  /** Ends it at once. */
  async kill() {
    this.#stopping.abort();
    this.#signal('SIGKILL');
    if (this.#child?.pid) await ended(this.#child);
  }

  #launch() {
    const log = openLog(this.#program.logPath);
    try {
      const child = this.#program.launch(log);
      child.on('error', () => {});
      this.#child = child;
      return child;
    } finally {
      closeQuietly(log);
    }
  }

  /**
   * @param {import('node:child_process').ChildProcess} child
   * @param {number} readyAt
   * @param {number} deaths in a row
   */
  #keep(child, readyAt, deaths) {
    void ended(child).then(async () => {
      if (this.#stopping.signal.aborted) return;
      const livedMs = Date.now() - readyAt;
      await this.#restart(child, livedMs > FORGIVEN_AFTER_MS ? 0 : deaths);
    });
  }

  /**
   * @param {import('node:child_process').ChildProcess} dead
   * @param {number} deaths
   */
  async #restart(dead, deaths) {
    const { label, logPath, beforeRestart } = this.#program;
    const delayMs = restartDelayMs(deaths);
    const diedAt = Date.now();
    this.#say(`✗ ${label} ${describeEnd(dead)}; starting it again in ${delayMs / 1000} s (${logPath})`);
    await this.#wait(delayMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
    await beforeRestart?.().catch(() => {});
    if (this.#stopping.signal.aborted) return;
    const child = this.#launch();
    if ((await this.#readiness(child, this.#stopping.signal)) === 'ready') {
      this.#say(`✓ ${label} is back after ${((Date.now() - diedAt) / 1000).toFixed(1)} s`);
      this.#keep(child, Date.now(), deaths + 1);
    } else if (!this.#stopping.signal.aborted) {
      await this.#restart(child, deaths + 1);
    }
  }

  /**
   * @param {import('node:child_process').ChildProcess} child
   * @param {AbortSignal} limit
   * @returns {Promise<'ready' | 'late' | 'ended'>}
   */
  async #readiness(child, limit) {
    while (!hasEnded(child)) {
      if (await this.#program.isReady().catch(() => false)) return hasEnded(child) ? 'ended' : 'ready';
      if (limit.aborted || this.#stopping.signal.aborted) return 'late';
      await sleep(POLL_MS);
    }
    return 'ended';
  }

  /** @param {NodeJS.Signals} signal */
  #signal(signal) {
    if (this.#child?.pid && !hasEnded(this.#child)) signalGroup(this.#child.pid, signal);
  }
}

/**
 * How long to wait before a start, after so many deaths in a row.
 * @param {number} deaths
 */
export function restartDelayMs(deaths) {
  return Math.min(FIRST_DELAY_MS * 2 ** deaths, LONGEST_DELAY_MS);
}

/** @param {import('node:child_process').ChildProcess} child */
function describeEnd(child) {
  if (child.pid === undefined) return `could not be run (${child.spawnfile})`;
  return child.signalCode ? `was killed by ${child.signalCode}` : `ended with code ${child.exitCode}`;
}

/** @param {import('node:child_process').ChildProcess} child */
function hasEnded(child) {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<void>}
 */
function ended(child) {
  return new Promise((resolve) => {
    if (hasEnded(child)) resolve();
    else child.once('exit', () => resolve());
  });
}

/** @param {number} file */
function closeQuietly(file) {
  try {
    closeSync(file);
  } catch {
    // Nothing hangs on it.
  }
}
