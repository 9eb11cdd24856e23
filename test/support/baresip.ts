import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireEnv } from './cluster.js';
import { eventually, Log, within } from './deadline.js';
import { freeTcpPorts } from './ports.js';

export interface BaresipAccount {
  login: string;
  password: string;
  /** `host:port` of the server. */
  server: string;
  /** UDP unless told. */
  transport?: 'udp' | 'tcp' | 'tls';
  displayName?: string;
  /** With `manual` it rings until it is told to accept; it picks up by itself unless told. */
  answers?: 'auto' | 'manual';
}

/** What baresip tells of itself: `REGISTER_OK`, `CALL_ESTABLISHED` and the like, and of which account or call. */
export interface BaresipEvent {
  type: string;
  accountaor?: string;
  direction?: 'incoming' | 'outgoing';
  peeruri?: string;
  peerdisplayname?: string;
  /** The call's Call-ID. */
  id?: string;
  /** What became of it, in words. */
  param?: string;
}

interface CommandAnswer {
  response: true;
  ok: boolean;
  data: string;
  token: string;
}

/** baresip (Debian's baresip-core), a softphone without a face, steered over its control connection. */
export class Baresip {
  readonly events = new Log<BaresipEvent>();
  private readonly answers = new Log<CommandAnswer>();
  private control: Socket | null = null;
  private printed = '';
  private tokens = 0;

  private constructor(
    private readonly folder: string,
    private readonly child: ChildProcess,
  ) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.printed += chunk.toString('utf8');
      });
  }

  /** Resolves once it takes commands; it has no account yet. */
  static async start(): Promise<Baresip> {
    const folder = await mkdtemp(join(tmpdir(), 'baresip-'));
    const [controlPort] = (await freeTcpPorts(1)) as [number];
    await writeFile(join(folder, 'tone.wav'), toneWav());
    await writeFile(join(folder, 'config'), configOf(folder, controlPort));
    const libraries = process.env.TEST_BARESIP_LIBRARY_PATH;
    const child = spawn(requireEnv('TEST_BARESIP'), ['-4', '-f', folder, '-v'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { HOME: folder, ...(libraries ? { LD_LIBRARY_PATH: libraries } : {}) },
    });
    const baresip = new Baresip(folder, child);
    try {
      await once(child, 'spawn');
      baresip.listen(await baresip.connect(controlPort));
    } catch (error) {
      await baresip.stop();
      throw error;
    }
    return baresip;
  }

  /** Gets an account, registers it, and waits for what the server says. @throws when that is no */
  async register(account: BaresipAccount): Promise<void> {
    const since = this.events.entries.length;
    await this.run('uanew', accountLine(account));
    const { type, param } = await this.sees(/^REGISTER_(OK|FAIL)$/, since);
    if (type !== 'REGISTER_OK') throw new Error(`${account.login}: ${type} ${param}\n${this.tail()}`);
  }

  /** Drops an account, which is told to its server. */
  async unregister({ login, server }: BaresipAccount): Promise<void> {
    await this.run('uadel', `sip:${login}@${server}`);
  }

  /** Waits for something that it tells, those that it told before left out. */
  sees(type: RegExp, since = 0, ms?: number): Promise<BaresipEvent> {
    return this.events.waitFor(
      `baresip tells ${type.source}`,
      (event) => type.test(event.type) && this.events.entries.indexOf(event) >= since,
      ms,
    );
  }

  /** Gives a command as a user would type it, and returns what is printed. @throws when it is refused */
  async run(command: string, params = ''): Promise<string> {
    const token = `${++this.tokens}`;
    const text = JSON.stringify({ command, params, token });
    this.control?.write(`${Buffer.byteLength(text)}:${text},`);
    const answer = await this.answers.waitFor(`baresip has run ${command}`, (one) => one.token === token);
    if (!answer.ok) throw new Error(`${command} ${params}: ${answer.data}\n${this.tail()}`);
    return answer.data;
  }

  /** RTP packets of the calls that have ended, oldest first. */
  audio(): { sent: number; received: number }[] {
    return [...this.printed.matchAll(/^packets:\s+(\d+)\s+(\d+)/gm)].map(([, sent, received]) => ({
      sent: Number(sent),
      received: Number(received),
    }));
  }

  async stop(): Promise<void> {
    const { child } = this;
    this.control?.destroy();
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await within(5_000, 'baresip is gone', gone);
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  private connect(port: number): Promise<Socket> {
    return eventually(10_000, 'baresip takes commands', async () => {
      if (this.child.exitCode !== null)
        throw new Error(`baresip exited with ${this.child.exitCode}:\n${this.tail()}`);
      const socket = connect(port, '127.0.0.1');
      return once(socket, 'connect').then(
        () => socket,
        () => null,
      );
    });
  }

  private listen(control: Socket): void {
    this.control = control;
    let unread = Buffer.alloc(0);
    control.on('error', () => control.destroy());
    control.on('data', (chunk: Buffer) => {
      unread = Buffer.concat([unread, chunk]);
      for (let body = bodyOf(unread); body; body = bodyOf(unread)) {
        unread = unread.subarray(body.byteOffset - unread.byteOffset + body.length + 1);
        const message = JSON.parse(body.toString('utf8')) as BaresipEvent | CommandAnswer;
        if ('response' in message) this.answers.add(message);
        else this.events.add(message);
      }
    });
  }

  private tail(): string {
    return this.printed.slice(-4000);
  }
}

function accountLine({
  login,
  password,
  server,
  transport = 'udp',
  displayName = '',
  answers = 'auto',
}: BaresipAccount): string {
  return [
    `${displayName} <sip:${login}@${server};transport=${transport}>`.trim(),
    `auth_pass=${password}`,
    'regint=120',
    `answermode=${answers}`,
    'audio_codecs=PCMU/8000/1,PCMA/8000/1',
  ].join(';');
}

/** Without audio_player there is no sound card to miss; without net_interface its SDP names another interface. */
function configOf(folder: string, controlPort: number): string {
  const source = `aufile,${join(folder, 'tone.wav')}`;
  return [
    'sip_listen 127.0.0.1:0',
    'net_interface 127.0.0.1',
    `ctrl_tcp_listen 127.0.0.1:${controlPort}`,
    `audio_source ${source}`,
    `audio_player ${source}`,
    'audio_alert aufile,/dev/null',
    `audio_path ${folder}`,
    'ausrc_srate 8000',
    'auplay_srate 8000',
    'ausrc_channels 1',
    'auplay_channels 1',
    'call_max_calls 20',
    'rtp_stats yes',
    `module_path ${requireEnv('TEST_BARESIP_MODULES')}`,
    'module g711.so',
    'module aufile.so',
    'module_tmp uuid.so',
    'module_app menu.so',
    'module_app ctrl_tcp.so',
    '',
  ].join('\n');
}

/** The first whole netstring's content; null when there is none yet. */
function bodyOf(data: Buffer): Buffer | null {
  const colon = data.indexOf(':');
  if (colon < 0) return null;
  const end = colon + 1 + Number(data.toString('latin1', 0, colon));
  return data.length > end ? data.subarray(colon + 1, end) : null;
}

/** A minute of 440 Hz, 16-bit mono at 8 kHz: baresip hangs up at the end of its audio. */
function toneWav(): Buffer {
  const samples = 60 * 8000;
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(8000, 24);
  wav.writeUInt32LE(16_000, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(samples * 2, 40);
  for (let n = 0; n < samples; n++)
    wav.writeInt16LE(Math.round(8000 * Math.sin((n * 2 * Math.PI * 440) / 8000)), 44 + 2 * n);
  return wav;
}
