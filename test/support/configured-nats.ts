import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection } from 'nats';
import { requireEnv } from './cluster.js';
import { Log, within } from './deadline.js';

const FILES = new URL('../../infra/nats/', import.meta.url);
/** Of the users in those files. */
const PASSWORDS = { TRUNKLINE_NATS_PASSWORD: 'own', SHOP_NATS_PASSWORD: 'shop', BANK_NATS_PASSWORD: 'bank' };

/** A nats-server on the files of infra/nats, changed only in where it listens and where it keeps things. */
export class ConfiguredNats {
  private constructor(
    private readonly directory: string,
    private readonly child: ChildProcess,
    private readonly output: Log<string>,
    private readonly port: number,
  ) {}

  static async start(configuration?: string): Promise<ConfiguredNats> {
    const binary = requireEnv('TEST_NATS_SERVER');
    const directory = await mkdtemp(join(tmpdir(), 'trunkline-nats-'));
    const main = configuration ?? (await readFile(new URL('trunkline.conf', FILES), 'utf8'));
    const placed = main
      .replace('"0.0.0.0:4222"', '"127.0.0.1:-1"')
      .replace(/store_dir: "[^"]*"/, `store_dir: "${join(directory, 'data')}"`);
    await writeFile(join(directory, 'trunkline.conf'), placed);
    const subscribers = await readFile(new URL('subscribers.conf', FILES), 'utf8');
    await writeFile(join(directory, 'subscribers.conf'), subscribers);
    const child = spawn(binary, ['-c', join(directory, 'trunkline.conf')], {
      env: { ...process.env, ...PASSWORDS },
    });
    const output = new Log<string>();
    child.stderr.on('data', (data) => {
      for (const line of String(data).split('\n')) output.add(line);
    });
    const line = await output.waitFor('nats-server listens', (one) => one.includes('client connections on'));
    await output.waitFor('nats-server is ready', (one) => one.includes('Server is ready'));
    return new ConfiguredNats(directory, child, output, Number(/:(\d+)\s*$/.exec(line)?.[1]));
  }

  url(login: string): string {
    return `nats://${login}@127.0.0.1:${this.port}`;
  }

  connect(user: string, pass: string): Promise<NatsConnection> {
    return connect({ servers: `127.0.0.1:${this.port}`, user, pass });
  }

  /** Adds a block to the subscribers' file, in place of one that was added before; what the server says to it. */
  async add(block: string): Promise<string> {
    const original = await readFile(new URL('subscribers.conf', FILES), 'utf8');
    await writeFile(join(this.directory, 'subscribers.conf'), original + block);
    const said = this.output.entries.length;
    this.child.kill('SIGHUP');
    return this.output.waitFor(
      'the server reloads, or says why not',
      (line) => this.output.entries.indexOf(line) >= said && /Reloaded server|Failed to reload/.test(line),
    );
  }

  async remove(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await within(10_000, 'nats-server ends', gone);
    await rm(this.directory, { recursive: true, force: true });
  }
}
