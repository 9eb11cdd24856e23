import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { requireEnv } from './cluster.js';
import { within } from './deadline.js';
import { freeUdpPorts } from './ports.js';

const SCENARIOS = join(import.meta.dirname, 'sipp');

/** SIPp (Debian's sip-tester) as the called phone, playing one of the scenarios of the folder beside this file once. */
export class SippCallee {
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

  /** @param contactPort the port that its Contact names, where the dialer sends what follows in the dialog */
  static async start(scenario: string, contactPort: number): Promise<SippCallee> {
    const [port, mediaPort] = (await freeUdpPorts(2)) as [number, number];
    const args = [
      '-sf',
      join(SCENARIOS, `${scenario}.xml`),
      '-i',
      '127.0.0.1',
      '-p',
      `${port}`,
      '-mp',
      `${mediaPort}`,
    ];
    args.push(
      '-m',
      '1',
      '-nostdin',
      '-timeout',
      '60s',
      '-timeout_error',
      '-key',
      'contact_port',
      `${contactPort}`,
    );
    const libraries = process.env.TEST_SERVER_LIBRARY_PATH;
    const child = spawn(requireEnv('TEST_SIPP'), args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH ?? '',
        TERM: 'dumb',
        ...(libraries ? { LD_LIBRARY_PATH: libraries } : {}),
      },
    });
    await once(child, 'spawn');
    return new SippCallee(port, child);
  }

  /** Waits until the scenario has been played to its end; throws what SIPp says when it went otherwise. */
  async finished(ms = 45_000): Promise<void> {
    if (this.child.exitCode === null)
      await within(ms, 'SIPp plays its scenario to the end', once(this.child, 'exit'));
    if (this.child.exitCode !== 0)
      throw new Error(`SIPp exited with ${this.child.exitCode}:\n${this.output.slice(-4000)}`);
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }
}
