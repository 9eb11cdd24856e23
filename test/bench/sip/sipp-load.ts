import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { requireEnv } from '../../support/cluster.js';

/** A SIPp with one of its built-in scenarios, and what CPU time it took. */
export class SippLoad {
  readonly exited: Promise<unknown>;
  #cpuSeconds = 0;
  readonly #sampler: NodeJS.Timeout;
  #output = '';

  private constructor(readonly child: ChildProcess) {
    this.exited = once(child, 'exit');
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString('utf8')).slice(-4000);
      });
    this.#sampler = setInterval(() => this.#sample(), 100);
    child.once('exit', () => clearInterval(this.#sampler));
  }

  /** Answers calls, as fast as they come. */
  static callee(port: number): SippLoad {
    return SippLoad.#start(['-sn', 'uas', '-p', String(port)]);
  }

  /** Places calls, so many at once, each hung up on as soon as it is answered. */
  static caller(load: { port: number; target: number; calls: number; inFlight: number }): SippLoad {
    const { port, target, calls, inFlight } = load;
    const pace = ['-r', '50000', '-l', String(inFlight), '-m', String(calls)];
    return SippLoad.#start(['-sn', 'uac', '-p', String(port), '-d', '0', ...pace, `127.0.0.1:${target}`]);
  }

  static #start(args: string[]): SippLoad {
    const libraries = process.env.TEST_SERVER_LIBRARY_PATH;
    const buffers = ['-buff_size', String(4 * 1024 * 1024)];
    const child = spawn(
      requireEnv('TEST_SIPP'),
      [...args, ...buffers, '-i', '127.0.0.1', '-nostdin', '-trace_err', '-error_file', '/dev/null'],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env.PATH ?? '',
          TERM: 'dumb',
          ...(libraries ? { LD_LIBRARY_PATH: libraries } : {}),
        },
      },
    );
    return new SippLoad(child);
  }

  /** Waits until all of its calls are over. @throws what it says when some were not completed */
  async finished(): Promise<{ cpuSeconds: number }> {
    await this.exited;
    if (this.child.exitCode !== 0)
      throw new Error(`SIPp exited with ${this.child.exitCode}:\n${this.#output}`);
    return { cpuSeconds: this.#cpuSeconds };
  }

  async stop(): Promise<{ cpuSeconds: number }> {
    this.#sample();
    this.child.kill('SIGKILL');
    await this.exited;
    return { cpuSeconds: this.#cpuSeconds };
  }

  /** User and system time of the process, in ticks of 10 ms (proc(5), fields 14 and 15). */
  #sample(): void {
    try {
      const fields = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ');
      this.#cpuSeconds = (Number(fields[11]) + Number(fields[12])) / 100;
    } catch {
      // It has just gone.
    }
  }
}
