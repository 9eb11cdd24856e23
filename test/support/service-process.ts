import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { eventually, Log, within } from './deadline.js';

const ROOT = join(import.meta.dirname, '..', '..', import.meta.dirname.includes('.build') ? '..' : '');

export type ServiceName = 'api' | 'dialer' | 'recorder' | 'notifier' | 'simulator';

/** One service of the cluster under test: the built program, in a process of its own. */
export class ServiceProcess {
  readonly log = new Log<Record<string, unknown>>();
  private child: ChildProcess | null = null;

  constructor(
    readonly label: string,
    private readonly service: ServiceName,
    private readonly env: Record<string, string>,
    private readonly healthPort: number,
  ) {}

  async start(): Promise<void> {
    const main = join(ROOT, 'services', this.service, 'dist', 'main.js');
    if (!existsSync(main)) throw new Error(`${main} is missing: build first with "npm run build"`);
    const child = spawn(process.execPath, [main], {
      env: {
        PATH: process.env.PATH ?? '',
        ...this.env,
        HEALTH_PORT: String(this.healthPort),
        HEALTH_HOST: '127.0.0.1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.log.add(parseLine(line)));
    }
    await eventually(20_000, `${this.label} is ready`, () => this.readiness(child));
  }

  /** Resolves once the process, which may have been killed and started again, says that it is ready. */
  async whenReady(): Promise<void> {
    await eventually(30_000, `${this.label} is ready again`, () => this.isReady());
  }

  /** The process's metrics as text (Prometheus exposition format). */
  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.healthPort}/metrics`)).text();
  }

  /** Sends a signal and waits until the process is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await within(20_000, `${this.label} exits on ${signal}`, gone);
  }

  /** Sends a signal and does not wait. */
  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  private async readiness(child: ChildProcess): Promise<true | null> {
    if (child.exitCode !== null)
      throw new Error(`${this.label} exited with ${child.exitCode}:\n${this.tail()}`);
    return this.isReady();
  }

  private async isReady(): Promise<true | null> {
    const response = await fetch(`http://127.0.0.1:${this.healthPort}/readyz`).catch(() => null);
    return response?.ok ? true : null;
  }

  private tail(): string {
    return this.log.entries
      .slice(-20)
      .map((entry) => JSON.stringify(entry))
      .join('\n');
  }
}

function parseLine(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { text: line };
  }
}
