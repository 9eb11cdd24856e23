import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requireEnv } from './cluster.js';
import { eventually, within } from './deadline.js';
import { freeSipPorts, freeUdpPorts } from './ports.js';

const SCENARIOS = join(import.meta.dirname, '..', 'interop', 'sipp', 'scenarios');

export interface SippOptions {
  /** SIPp is the caller, and calls this user there; it is the called phone when absent. */
  calls?: { port: number; user?: string };
  /** UDP unless told. */
  protocol?: 'UDP' | 'TCP';
  /** What the scenario names as [key]. `contact_port`: where the requests of a dialog are sent; its own port unless told. */
  keys?: Record<string, string>;
  /** Neither repeats what it sent nor swallows what it is sent twice: the scenario sees every message. */
  seesRepeats?: boolean;
  /** How many calls it plays its scenario for; 1 unless told. */
  times?: number;
}

/** SIPp (Debian's sip-tester), playing one of the scenarios of test/interop/sipp/scenarios. */
export class Sipp {
  private output = '';

  private constructor(
    readonly port: number,
    private readonly child: ChildProcess,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString('utf8');
      });
    }
  }

  /** Resolves once it listens; a caller has begun by then. */
  static async start(scenario: string, options: SippOptions = {}): Promise<Sipp> {
    const { calls, protocol = 'UDP' } = options;
    const [[port], [mediaPort]] = (await Promise.all([freeSipPorts(1), freeUdpPorts(1)])) as [
      [number],
      [number],
    ];
    const libraries = process.env.TEST_SERVER_LIBRARY_PATH;
    const child = spawn(requireEnv('TEST_SIPP'), argumentsOf(scenario, { ...options, port, mediaPort }), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH ?? '',
        TERM: 'dumb',
        ...(libraries ? { LD_LIBRARY_PATH: libraries } : {}),
      },
    });
    await once(child, 'spawn');
    const sipp = new Sipp(port, child);
    if (!calls) await sipp.listens(protocol);
    return sipp;
  }

  /** Waits until the scenario has been played to its end; throws what SIPp says when it went otherwise. */
  async finished(ms = 45_000): Promise<void> {
    if (this.child.exitCode === null)
      await within(ms, 'SIPp plays its scenario to the end', once(this.child, 'exit')).catch(
        (error: unknown) => this.fail(error),
      );
    if (this.child.exitCode !== 0) this.fail(`SIPp exited with ${this.child.exitCode}`);
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }

  /** Nothing but the kernel tells: whatever was sent to find out would be a call. */
  private async listens(protocol: 'UDP' | 'TCP'): Promise<void> {
    const address = new RegExp(`: 0100007F:${this.port.toString(16).toUpperCase().padStart(4, '0')} `);
    await eventually(10_000, `SIPp listens on ${this.port}`, async () => {
      if (this.child.exitCode !== null) this.fail(`SIPp exited with ${this.child.exitCode}`);
      return address.test(await readFile(`/proc/net/${protocol.toLowerCase()}`, 'utf8')) || null;
    });
  }

  private fail(cause: unknown): never {
    throw new Error(`${String(cause)}:\n${this.output.slice(-4000)}`);
  }
}

function argumentsOf(
  scenario: string,
  {
    calls,
    protocol,
    keys,
    seesRepeats,
    times = 1,
    port,
    mediaPort,
  }: SippOptions & { port: number; mediaPort: number },
): string[] {
  const args = ['-sf', join(SCENARIOS, `${scenario}.xml`), '-i', '127.0.0.1', '-p', `${port}`];
  args.push('-mp', `${mediaPort}`, '-m', `${times}`, '-nostdin', '-timeout', '60s', '-timeout_error');
  args.push('-t', protocol === 'TCP' ? 't1' : 'u1');
  for (const [key, value] of Object.entries({ contact_port: `${port}`, ...keys }))
    args.push('-key', key, value);
  if (seesRepeats) args.push('-nr');
  if (calls) args.push('-s', calls.user ?? 'trunkline', `127.0.0.1:${calls.port}`);
  return args;
}
