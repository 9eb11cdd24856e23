import { join } from 'node:path';
import { ROOT } from './checkout.mjs';
import { SetupError } from './errors.mjs';
import { isServiceReady } from './probes.mjs';

/** After its time for calls a process hangs up on the rest and publishes how they ended; then it is ended. */
const DRAIN_GRACE_MS = 15_000;

/**
 * What the environment says about the sandbox, checked before anything is installed.
 * @typedef {object} SandboxPlan
 * @property {number} apiPort
 * @property {number} dialers
 * @property {number} sipPort the first dialer's, for UDP and TCP
 * @property {boolean} hasTcp
 * @property {number | null} tlsPort the first dialer's; null where none listens for TLS
 * @property {number} simulatorPort
 * @property {number} drainSeconds
 * @property {{ from: number, to: number }} rtpPorts
 */

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {SandboxPlan}
 */
export function readSandboxPlan(env) {
  /** @type {string[]} */
  const faults = [];
  const number = (
    /** @type {string} */ name,
    /** @type {[number, number, number]} */ [fallback, min, max],
  ) => {
    const text = env[name] || String(fallback);
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    faults.push(`${name} must be a whole number from ${min} to ${max}, not "${text}".`);
    return fallback;
  };
  /** @type {SandboxPlan} */
  const plan = {
    apiPort: number('API_PORT', [8080, 1, 65_535]),
    dialers: number('DIALERS', [2, 1, 50]),
    sipPort: number('SIP_PORT', [5060, 1, 65_486]),
    hasTcp: env.SIP_TCP_PORT !== '0',
    tlsPort: null,
    simulatorPort: number('SIMULATOR_PORT', [5080, 1, 65_535]),
    drainSeconds: number('DRAIN_TIMEOUT', [10, 0, 86_400]),
    rtpPorts: readRange(env.RTP_PORTS || '20000-29999', faults),
  };
  const { sipPort, simulatorPort, dialers } = plan;
  if (env.SIP_TLS_KEY && env.SIP_TLS_CERT && env.SIP_TLS_PORT !== '0')
    plan.tlsPort = number('SIP_TLS_PORT', [sipPort + dialers, 1, 65_486]);
  if (simulatorPort >= sipPort && simulatorPort < sipPort + dialers) {
    const taken = `${sipPort} to ${sipPort + dialers - 1}`;
    faults.push(
      `SIMULATOR_PORT (${simulatorPort}) is one of the dialers' ports (${taken}, from SIP_PORT on).`,
    );
  }
  if (faults.length > 0) throw new SetupError(faults.join('\n'));
  return plan;
}

/** @param {SandboxPlan} plan */
export function portsOf({ apiPort, dialers, sipPort, hasTcp, tlsPort, simulatorPort }) {
  const each = (
    /** @type {number} */ first,
    /** @type {'UDP' | 'TCP'} */ protocol,
    /** @type {string} */ variable,
  ) => Array.from({ length: dialers }, (_, n) => ({ port: first + n, protocol, variable }));
  return [
    { port: apiPort, protocol: /** @type {const} */ ('TCP'), variable: 'API_PORT' },
    ...each(sipPort, 'UDP', 'SIP_PORT'),
    ...(hasTcp ? each(sipPort, 'TCP', 'SIP_PORT') : []),
    ...(tlsPort === null ? [] : each(tlsPort, 'TCP', 'SIP_TLS_PORT')),
    { port: simulatorPort, protocol: /** @type {const} */ ('UDP'), variable: 'SIMULATOR_PORT' },
  ];
}

/**
 * @typedef {object} ServicePlan
 * @property {string} label
 * @property {string} main the built program
 * @property {() => NodeJS.ProcessEnv} env asked at every start
 */

/**
 * Every service process of the sandbox and its environment; what the user set goes before what we choose.
 * @param {SandboxPlan} plan
 * @param {{ urls: Record<'postgres' | 'redis' | 'nats', string>, account: { sid: string, token: string }, secretKey: string,
 *   env: NodeJS.ProcessEnv }} world
 * @returns {ServicePlan[]}
 */
export function planServices(plan, { urls, account, secretKey, env }) {
  // Only the api needs the account's token, and its trunks, which may hold passwords.
  const { TRUNKLINE_ACCOUNT_SID, TRUNKLINE_AUTH_TOKEN, TRUNKS, ...asked } = withoutEmpty(env);
  const ranges = splitRange(plan.rtpPorts, plan.dialers + 1);
  // Who says where to bind is not told a public address: the dialer finds one of the same IP version.
  const loopback = TRUNKS || asked.SIP_BIND ? {} : { SIP_BIND: '127.0.0.1', SIP_PUBLIC_ADDRESS: '127.0.0.1' };
  const base = {
    MARKUP_ALLOW_PRIVATE: 'true',
    CALLBACK_ALLOW_PRIVATE: 'true',
    TRUNK_ALLOW_PRIVATE: 'true',
    SECRET_KEY: secretKey,
    ...loopback,
    ...asked,
    DATABASE_URL: urls.postgres,
    REDIS_URL: urls.redis,
    NATS_URL: urls.nats,
    DRAIN_TIMEOUT: String(plan.drainSeconds),
    SIMULATOR_PORT: String(plan.simulatorPort),
    HEALTH_HOST: '127.0.0.1',
  };
  const service = (/** @type {string} */ label, /** @type {string} */ name, more = () => ({})) => ({
    label,
    main: join(ROOT, 'services', name, 'dist', 'main.js'),
    env: () => ({ ...base, ...more() }),
  });
  const apiEnv = {
    API_PORT: String(plan.apiPort),
    TRUNKLINE_ACCOUNT_SID: account.sid,
    TRUNKLINE_AUTH_TOKEN: account.token,
    TRUNKS: TRUNKS ?? `sip:trunk:secret@127.0.0.1:${plan.simulatorPort}`,
  };
  return [
    service('simulator', 'simulator', () => ({
      RTP_PORTS: ranges[plan.dialers],
      SIP_BIND: '127.0.0.1',
      SIP_PUBLIC_ADDRESS: '127.0.0.1',
    })),
    service('api', 'api', () => apiEnv),
    service('recorder', 'recorder'),
    service('notifier', 'notifier'),
    ...Array.from({ length: plan.dialers }, (_, n) =>
      service(`dialer-${n}`, 'dialer', () => ({
        SIP_PORT: String(plan.sipPort + n),
        SIP_TCP_PORT: String(plan.hasTcp ? plan.sipPort + n : 0),
        SIP_TLS_PORT: String(plan.tlsPort === null ? 0 : plan.tlsPort + n),
        RTP_PORTS: ranges[n],
        DIALER_ID: `dialer-${n}`,
      })),
    ),
  ];
}

/**
 * @param {ServicePlan} service
 * @param {{ owned: import('./owned-processes.mjs').OwnedProcesses, healthPort: number, logDir: string, drainSeconds: number }} tools
 * @returns {import('./kept-process.mjs').Program}
 */
export function serviceProgram({ label, main, env }, { owned, healthPort, logDir, drainSeconds }) {
  return {
    label,
    logPath: join(logDir, `${label}.log`),
    launch: (log) =>
      owned.launch([process.execPath, main], {
        env: { ...env(), HEALTH_PORT: String(healthPort) },
        stdio: ['ignore', log, log],
        cwd: ROOT,
      }),
    isReady: () => isServiceReady(healthPort),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: drainSeconds * 1000 + DRAIN_GRACE_MS,
  };
}

/**
 * @param {string} text
 * @param {string[]} faults takes the complaint
 */
function readRange(text, faults) {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(text)?.map(Number) ?? [];
  if (from && to && from < to && to <= 65_535) return { from, to };
  faults.push(`RTP_PORTS must be a range like 20000-29999, not "${text}".`);
  return { from: 0, to: 0 };
}

/**
 * Parts of a port range that do not touch; each begins with an even port.
 * @param {{ from: number, to: number }} range
 * @param {number} parts
 */
export function splitRange({ from, to }, parts) {
  const first = from + (from % 2);
  const width = Math.floor((to - first + 1) / parts / 2) * 2;
  if (width < 2) throw new SetupError(`RTP_PORTS (${from}-${to}) are too few ports for ${parts} processes.`);
  return Array.from({ length: parts }, (_, n) => `${first + n * width}-${first + (n + 1) * width - 1}`);
}

/** @param {NodeJS.ProcessEnv} env */
function withoutEmpty(env) {
  return Object.fromEntries(Object.entries(env).filter(([name, value]) => value && !name.startsWith('npm_')));
}
