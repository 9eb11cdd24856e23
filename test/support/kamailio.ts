import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Certificate } from '@trunkline/sip/testing';
import { requireEnv } from './cluster.js';
import { eventually, Log, within } from './deadline.js';
import { freeSipPorts } from './ports.js';

export interface KamailioOptions {
  username: string;
  password: string;
  /** Where calls of the trunk go, when they have passed. */
  network: { port: number };
  /** From there come calls for whoever has registered. */
  callers: { port: number };
  /** What it shows over TLS: one that is its own, and one that is another's. */
  certificates?: { own: Certificate; foreign: Certificate };
}

/** A request that passed, or a response. */
export interface KamailioSight {
  /** `INVITE`, `200 INVITE`. */
  what: string;
  /** Where it came from. */
  fromPort: number;
  protocol: string;
  callId: string;
  /** Route, as it came. */
  route: string;
  /** The header with the credentials. */
  credentials: string;
}

const BETWEEN = ' ## ';

/** Kamailio as a carrier: it asks for a password by SHA-256, stays in the way of calls, and knows who has registered. */
export class Kamailio {
  readonly seen = new Log<KamailioSight>();
  private printed = '';

  private constructor(
    private readonly folder: string,
    private readonly child: ChildProcess,
    readonly port: number,
    readonly tlsPort: number,
    /** There it shows the certificate of another. */
    readonly foreignTlsPort: number,
  ) {
    for (const stream of [child.stdout, child.stderr])
      if (stream) createInterface({ input: stream }).on('line', (line) => this.hear(line));
  }

  /** Resolves once it answers. */
  static async start(options: KamailioOptions): Promise<Kamailio> {
    const folder = await mkdtemp(join(tmpdir(), 'kamailio-'));
    const [port, tlsPort, foreignTlsPort] = (await freeSipPorts(3)) as [number, number, number];
    const ports = { port, tlsPort, foreignTlsPort };
    await writeFile(join(folder, 'kamailio.cfg'), configOf(folder, ports, options));
    await writeCertificates(folder, ports, options.certificates);
    // -DD: it stays with its terminal, and its children with it.
    const words = ['-f', join(folder, 'kamailio.cfg'), '-DD', '-E', '-m', '32', '-M', '4'];
    const child = spawn(requireEnv('TEST_KAMAILIO'), [...words, '-Y', folder, '-w', folder], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: libraryPath(),
    });
    const kamailio = new Kamailio(folder, child, port, tlsPort, foreignTlsPort);
    try {
      await once(child, 'spawn');
      await kamailio.answers();
    } catch (error) {
      await kamailio.stop();
      throw error;
    }
    return kamailio;
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      process.kill(-child.pid, 'SIGKILL');
      await within(5_000, 'Kamailio is gone', gone);
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  private async answers(): Promise<void> {
    const socket = createSocket('udp4');
    let isAnswered = false;
    socket.on('message', () => {
      isAnswered = true;
    });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const question = optionsFrom(socket.address().port, this.port);
    try {
      await eventually(10_000, 'Kamailio answers', async () => {
        if (this.child.exitCode !== null)
          throw new Error(`Kamailio exited with ${this.child.exitCode}:\n${this.printed.slice(-4000)}`);
        socket.send(question, this.port, '127.0.0.1');
        return isAnswered || null;
      });
    } finally {
      socket.close();
    }
  }

  private hear(line: string): void {
    this.printed += `${line}\n`;
    const [, text] = /: seen (.*)$/.exec(line) ?? [];
    if (text === undefined) return;
    const [what = '', port, protocol = '', callId = '', route = '', credentials = ''] = text
      .replaceAll('<null>', '')
      .split(BETWEEN);
    this.seen.add({ what, fromPort: Number(port), protocol, callId, route, credentials });
  }
}

/** Its modules share libraries that lie beside their folder. */
function libraryPath(): NodeJS.ProcessEnv {
  const libraries = process.env.TEST_KAMAILIO_LIBRARY_PATH;
  return libraries ? { LD_LIBRARY_PATH: `${libraries}:${dirname(requireEnv('TEST_KAMAILIO_MODULES'))}` } : {};
}

interface Ports {
  port: number;
  tlsPort: number;
  foreignTlsPort: number;
}

function configOf(
  folder: string,
  { port, tlsPort, foreignTlsPort }: Ports,
  { username, password, network, callers, certificates }: KamailioOptions,
): string {
  const tls = `
enable_tls=yes
listen=tls:127.0.0.1:${tlsPort}
listen=tls:127.0.0.1:${foreignTlsPort}`;
  const modules = [
    'tm',
    'sl',
    'rr',
    'pv',
    'maxfwd',
    'textops',
    'siputils',
    'xlog',
    'auth',
    'usrloc',
    'registrar',
  ];
  return `#!KAMAILIO
debug=1
log_stderror=yes
children=2
tcp_children=2
auto_aliases=no
dns=no
rev_dns=no
listen=udp:127.0.0.1:${port}
listen=tcp:127.0.0.1:${port}${certificates ? tls : ''}
mpath="${requireEnv('TEST_KAMAILIO_MODULES')}"
${[...modules, ...(certificates ? ['tls'] : [])].map((name) => `loadmodule "${name}.so"`).join('\n')}
modparam("auth", "algorithm", "SHA-256")
modparam("usrloc", "db_mode", 0)
${certificates ? `modparam("tls", "config", "${join(folder, 'tls.cfg')}")` : ''}

request_route {
  if (!is_method("OPTIONS")) xlog("L_ALERT", "${sight('$rm')}\\n");
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  if (has_totag()) {
    if (loose_route()) { route(RELAY); exit; }
    if (is_method("ACK") && t_check_trans()) { t_relay(); exit; }
    if (!is_method("ACK")) sl_send_reply("404", "Not here");
    exit;
  }
  if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
  if (is_method("REGISTER")) {
    if (!pv_www_authenticate("carrier", "${password}", "0") || $au != "${username}") {
      www_challenge("carrier", "1");
      exit;
    }
    save("location");
    exit;
  }
  if (!is_method("INVITE")) { if (!is_method("ACK")) sl_send_reply("405", "Method Not Allowed"); exit; }
  if ($sp == ${callers.port}) {
    if (!lookup("location")) { sl_send_reply("480", "Nobody has registered"); exit; }
  } else {
    if (!pv_proxy_authenticate("carrier", "${password}", "0") || $au != "${username}") {
      proxy_challenge("carrier", "1");
      exit;
    }
    consume_credentials();
    $du = "sip:127.0.0.1:${network.port}";
  }
  record_route();
  route(RELAY);
}

route[RELAY] {
  if (!t_relay()) sl_reply_error();
}

onreply_route {
  xlog("L_ALERT", "${sight('$rs $rm')}\\n");
}
`;
}

/** A line that `hear` reads. */
function sight(what: string): string {
  const fields = [
    what,
    '$sp',
    '$proto',
    '$ci',
    '$hdr(Route)',
    '$hdr(Proxy-Authorization)$hdr(Authorization)',
  ];
  return `seen ${fields.join(BETWEEN)}`;
}

async function writeCertificates(
  folder: string,
  { tlsPort, foreignTlsPort }: Ports,
  certificates: KamailioOptions['certificates'],
): Promise<void> {
  if (!certificates) return;
  const sections = { default: certificates.own, [`127.0.0.1:${tlsPort}`]: certificates.own };
  const servers = { ...sections, [`127.0.0.1:${foreignTlsPort}`]: certificates.foreign };
  let text = '[client:default]\nverify_certificate = no\nrequire_certificate = no\n';
  for (const [name, { key, cert }] of Object.entries(servers)) {
    const [keyFile, certFile] = ['key', 'crt'].map((end) => join(folder, `${name}.${end}`)) as [
      string,
      string,
    ];
    await Promise.all([writeFile(keyFile, key), writeFile(certFile, cert)]);
    text += `[server:${name}]\nmethod = TLSv1.2+\nverify_certificate = no\nrequire_certificate = no\n`;
    text += `private_key = ${keyFile}\ncertificate = ${certFile}\n`;
  }
  await writeFile(join(folder, 'tls.cfg'), text);
}

function optionsFrom(port: number, to: number): string {
  return [
    `OPTIONS sip:127.0.0.1:${to} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bKprobe;rport`,
    'Max-Forwards: 1',
    `From: <sip:probe@127.0.0.1:${port}>;tag=probe`,
    `To: <sip:127.0.0.1:${to}>`,
    `Call-ID: probe-${port}`,
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n');
}
