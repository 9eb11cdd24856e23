import { randomBytes } from 'node:crypto';
import {
  type CallEvent,
  type CallEventName,
  callEventSchema,
  eventName,
  isFinalStatus,
} from '@trunkline/contracts';
import { connect, type NatsConnection } from 'nats';
import pg from 'pg';
import { ApiClient } from './api-client.js';
import { eventually, Log } from './deadline.js';
import { freeSipPorts, freeTcpPorts } from './ports.js';
import { type ServiceName, ServiceProcess } from './service-process.js';

export interface ClusterOptions {
  dialers?: number;
  /** The trunks of the first account; the cluster's own simulator when absent. */
  trunks?: string;
  /** Trunks that are tried before these. */
  trunksBefore?: string;
  /** Where the services reach NATS, when it is not where the test does. */
  natsUrl?: string;
  /** How many RTP ports each process has, 4,000 unless told. A pair rests 5 s after its call. */
  rtpPorts?: number;
  /** More environment for one kind of service. */
  env?: Partial<Record<ServiceName, Record<string, string>>>;
}

/** A whole Trunkline: every service a process, on real servers, in a namespace of its own. */
export interface Cluster {
  api: ApiClient;
  simulatorPort: number;
  /** Where each dialer listens: `sip` for UDP and TCP, `tls` when it has a certificate. */
  dialerPorts: readonly { sip: number; tls: number }[];
  services: Map<string, ServiceProcess>;
  service(label: string): ServiceProcess;
  events: CallEvents;
  /** What the simulator counted: INVITEs a number and a Call-ID. */
  numbers(): Promise<SimulatorNumbers>;
  databaseUrl: string;
  namespace: string;
  stop(): Promise<void>;
}

export interface SimulatorNumbers {
  calls: number;
  byNumber: Record<string, { invites: number; calls: number }>;
}

/** Every event of the cluster's calls, as a subscriber sees them. */
export class CallEvents extends Log<CallEvent> {
  /** Waits for one event of one call. */
  async of(callSid: string, name: CallEventName, ms?: number): Promise<CallEvent> {
    return this.waitFor(
      `${callSid} is ${name}`,
      (event) => event.subject === callSid && eventName(event) === name,
      ms,
    );
  }

  /** Waits for a call's end, whatever it is. */
  async endOf(callSid: string, ms?: number): Promise<CallEvent> {
    const isEnd = (event: CallEvent) => event.subject === callSid && isFinalStatus(event.data.status);
    return this.waitFor(`${callSid} ends`, isEnd, ms);
  }

  /** The names of what happened to a call, in the order of the stream. */
  namesOf(callSid: string): CallEventName[] {
    return this.entries.filter((event) => event.subject === callSid).map(eventName);
  }
}

export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const dialers = options.dialers ?? 1;
  const namespace = `t${randomBytes(6).toString('hex')}`;
  const databaseUrl = await createDatabase(namespace);
  const [apiPort, ...healthPorts] = (await freeTcpPorts(dialers + 5)) as [number, ...number[]];
  const [simulatorPort, ...ports] = (await freeSipPorts(2 * dialers + 1)) as [number, ...number[]];
  const dialerPorts = ports.slice(0, dialers).map((sip, n) => ({ sip, tls: ports[dialers + n] as number }));
  const account = { sid: `AC${randomBytes(16).toString('hex')}`, token: randomBytes(16).toString('hex') };
  const base = baseEnvironment(databaseUrl, namespace, simulatorPort, options);
  const nextHealthPort = () => healthPorts.pop() as number;
  const simulatorHealthPort = nextHealthPort();
  const rtp = rtpRanges(dialers + 1, options.rtpPorts ?? 4_000);
  const process = (
    label: string,
    service: ServiceName,
    env: Record<string, string>,
    port = nextHealthPort(),
  ) => new ServiceProcess(label, service, { ...base, ...env, ...options.env?.[service] }, port);
  const processes = [
    process('simulator', 'simulator', { RTP_PORTS: rtp() }, simulatorHealthPort),
    process('api', 'api', {
      API_PORT: String(apiPort),
      TRUNKLINE_ACCOUNT_SID: account.sid,
      TRUNKLINE_AUTH_TOKEN: account.token,
      TRUNKS: trunksOf(simulatorPort, options),
    }),
    process('recorder', 'recorder', {}),
    process('notifier', 'notifier', {}),
    ...dialerPorts.map(({ sip, tls }, n) =>
      process(`dialer-${n}`, 'dialer', {
        SIP_PORT: String(sip),
        SIP_TLS_PORT: String(tls),
        RTP_PORTS: rtp(),
        DIALER_ID: `dialer-${n}-${namespace}`,
      }),
    ),
  ];
  const services = new Map(processes.map((one) => [one.label, one]));
  const natsUrl = requireEnv('TEST_NATS_URL');
  const nats = await connect({ servers: natsUrl, ...natsLogin(natsUrl) });
  const events = watchEvents(nats, namespace);
  const stop = async () => {
    await Promise.all(processes.map((one) => one.kill('SIGKILL')));
    await dropStreams(nats, namespace);
    await nats.close();
    await dropDatabase(namespace);
  };
  try {
    await Promise.all(processes.map((one) => one.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    api: new ApiClient(`http://127.0.0.1:${apiPort}`, account.sid, account.token),
    simulatorPort,
    dialerPorts,
    services,
    events,
    databaseUrl,
    namespace,
    service: (label) => services.get(label) as ServiceProcess,
    numbers: async () =>
      (await fetch(`http://127.0.0.1:${simulatorHealthPort}/numbers`)).json() as Promise<SimulatorNumbers>,
    stop,
  };
}

/** Waits until the API shows the call with this status: for what the recorder writes after the event. */
export async function recorded(
  cluster: Cluster,
  sid: string,
  status: string,
): Promise<Record<string, unknown>> {
  return eventually(15_000, `the API shows ${sid} as ${status}`, async () => {
    const call = await cluster.api.findCall(sid);
    return call?.status === status ? call : null;
  });
}

/** What every service of the cluster is told. */
function baseEnvironment(
  databaseUrl: string,
  namespace: string,
  simulatorPort: number,
  { natsUrl }: ClusterOptions,
) {
  return {
    DATABASE_URL: databaseUrl,
    REDIS_URL: requireEnv('TEST_REDIS_URL'),
    NATS_URL: natsUrl ?? requireEnv('TEST_NATS_URL'),
    NAMESPACE: namespace,
    SECRET_KEY: randomBytes(16).toString('hex'),
    DRAIN_TIMEOUT: '3',
    MARKUP_ALLOW_PRIVATE: 'true',
    CALLBACK_ALLOW_PRIVATE: 'true',
    SIP_BIND: '127.0.0.1',
    SIP_PUBLIC_ADDRESS: '127.0.0.1',
    SIMULATOR_PORT: String(simulatorPort),
  };
}

function trunksOf(
  simulatorPort: number,
  { trunks = `sip:trunk:secret@127.0.0.1:${simulatorPort}`, trunksBefore }: ClusterOptions,
): string {
  return trunksBefore ? `${trunksBefore},${trunks}` : trunks;
}

function watchEvents(nats: NatsConnection, namespace: string): CallEvents {
  const events = new CallEvents();
  nats.subscribe(`${namespace}.calls.>`, {
    callback: (error, message) => {
      if (!error) events.add(callEventSchema.parse(message.json()));
    },
  });
  return events;
}

/** Ranges apart from one another and, by chance, from those of other test files; a taken port is passed over. */
function rtpRanges(count: number, width: number): () => string {
  let first = 20_000 + 2 * Math.floor(Math.random() * ((40_000 - count * width) / 2));
  return () => {
    const range = `${first}-${first + width - 1}`;
    first += width;
    return range;
  };
}

async function createDatabase(name: string): Promise<string> {
  const url = new URL(requireEnv('TEST_DATABASE_URL'));
  await runSql(url.href, `CREATE DATABASE ${name}`);
  url.pathname = `/${name}`;
  return url.href;
}

async function dropDatabase(name: string): Promise<void> {
  await runSql(requireEnv('TEST_DATABASE_URL'), `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

async function runSql(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function dropStreams(nats: NatsConnection, namespace: string): Promise<void> {
  const manager = await nats.jetstreamManager();
  const names = (await manager.streams.names().next()).filter((name) => name.includes(namespace));
  await Promise.all(names.map((name) => manager.streams.delete(name)));
}

function natsLogin(url: string): { token?: string; user?: string; pass?: string } {
  const { username, password } = new URL(url);
  if (username && password) return { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  return username ? { token: decodeURIComponent(username) } : {};
}

export function requireEnv(name: string): string {
  const value = process.env[name];
  if (!value)
    throw new Error(`${name} is not set: run the tests with "npm test", which provides the servers`);
  return value;
}
