const REDRAW_MS = 200;
/** Without a terminal nothing is redrawn, but a long silence would look like a hang. */
const REMINDER_MS = 15_000;

/**
 * Says what is being done and how long it took. On a terminal one line shows what is under way; elsewhere each step
 * is a line when it begins and a line when it is done.
 */
export class Progress {
  /** @type {Map<string, number>} step to its start, ms */
  #running = new Map();
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #out;
  #isTerminal;

  /** @param {NodeJS.WriteStream} [out] */
  constructor(out = process.stdout) {
    this.#out = out;
    this.#isTerminal = Boolean(out.isTTY);
  }

  /**
   * @template T
   * @param {string} name
   * @param {() => Promise<T>} run
   * @returns {Promise<T>}
   */
  async step(name, run) {
    const startedAt = Date.now();
    this.#begin(name, startedAt);
    try {
      const result = await run();
      this.#end(name, `✓ ${name} (${seconds(startedAt)})`);
      return result;
    } catch (error) {
      this.#end(name, `✗ ${name} (${seconds(startedAt)})`);
      throw error;
    }
  }

  /** @param {string} line */
  say(line) {
    this.#clear();
    this.#out.write(`${line}\n`);
    this.#draw();
  }

  /**
   * @param {string} name
   * @param {number} startedAt
   */
  #begin(name, startedAt) {
    this.#running.set(name, startedAt);
    if (!this.#isTerminal) this.say(`… ${name}`);
    this.#timer ??= setInterval(() => this.#tick(), this.#isTerminal ? REDRAW_MS : REMINDER_MS).unref();
    this.#draw();
  }

  /**
   * @param {string} name
   * @param {string} line
   */
  #end(name, line) {
    this.#running.delete(name);
    this.say(line);
    if (this.#running.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick() {
    if (this.#isTerminal) this.#draw();
    else for (const [name, startedAt] of this.#running) this.say(`… still: ${name} (${seconds(startedAt)})`);
  }

  #draw() {
    if (!this.#isTerminal || this.#running.size === 0) return;
    const steps = [...this.#running].map(([name, startedAt]) => `${name} ${seconds(startedAt)}`);
    this.#out.write(`\r\x1b[K… ${steps.join(' · ').slice(0, (this.#out.columns || 80) - 3)}`);
  }

  #clear() {
    if (this.#isTerminal) this.#out.write('\r\x1b[K');
  }
}

/** @param {number} since ms */
function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}
