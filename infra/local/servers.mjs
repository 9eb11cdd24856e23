import { join } from 'node:path';
import { SetupError, StartError } from './errors.mjs';
import { KeptProcess } from './kept-process.mjs';
import { natsProgram } from './nats.mjs';
import { freeTcpPorts } from './ports.mjs';
import { postgresProgram, preparePostgres } from './postgres.mjs';
import { redisProgram } from './redis.mjs';

const PORT_TRIES = 5;

/** @typedef {'postgres' | 'redis' | 'nats'} ServerName */

/**
 * @typedef {object} ServersOptions
 * @property {import('./owned-processes.mjs').OwnedProcesses} owned
 * @property {import('./provide-programs.mjs').Programs} programs
 * @property {import('./postgres-account.mjs').PostgresAccount} account
 * @property {string} dataDir
 * @property {string} postgresDir apart, since Postgres's user must reach it
 * @property {string} logDir
 * @property {boolean} durable
 * @property {Record<ServerName, string>} secrets
 * @property {Partial<Record<ServerName, number>>} ports the ones to prefer; set to those that were taken
 * @property {Partial<Record<ServerName, string>>} given URLs of servers that run already
 * @property {(line: string) => void} say
 */

/**
 * @typedef {object} Servers
 * @property {Record<ServerName, string>} urls
 * @property {() => Promise<void>} stop
 * @property {() => Promise<void>} kill
 */

/**
 * Starts the servers that no URL is given for, all at once, and keeps them running.
 * @param {ServersOptions} options
 * @returns {Promise<Servers>}
 */
export async function startServers(options) {
  const { secrets, given } = options;
  /** @type {KeptProcess[]} */
  const running = [];
  const plans = serverPlans(options);
  const names = /** @type {ServerName[]} */ (Object.keys(plans)).filter((name) => !given[name]);
  const ports = await freeTcpPorts(
    names.length,
    names.map((name) => options.ports[name]),
  );
  const results = await Promise.allSettled(
    names.map(async (name, n) => {
      const { kept, port } = await startOnFreePort(plans[name], ports[n] ?? 0, options.say);
      running.push(kept);
      options.ports[name] = port;
    }),
  );
  const stop = async (/** @type {'stop' | 'kill'} */ how) => {
    await Promise.all(running.map((kept) => kept[how]()));
  };
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) {
    await stop('kill');
    throw failure.reason;
  }
  const at = (/** @type {ServerName} */ name) => `127.0.0.1:${options.ports[name]}`;
  return {
    urls: {
      postgres: given.postgres ?? `postgres://postgres:${secrets.postgres}@${at('postgres')}/postgres`,
      redis: given.redis ?? `redis://:${secrets.redis}@${at('redis')}`,
      nats: given.nats ?? `nats://${secrets.nats}@${at('nats')}`,
    },
    stop: () => stop('stop'),
    kill: () => stop('kill'),
  };
}

/**
 * @typedef {(port: number) => Promise<import('./kept-process.mjs').Program>} Plan
 * @param {ServersOptions} options
 * @returns {Record<ServerName, Plan>}
 */
function serverPlans({ owned, programs, account, dataDir, postgresDir, logDir, durable, secrets }) {
  const common = (/** @type {ServerName} */ name) => ({
    owned,
    program: found(programs, name),
    dataDir: name === 'postgres' ? postgresDir : join(dataDir, name),
    durable,
    logPath: join(logDir, `${name}.log`),
  });
  return {
    postgres: async (port) => {
      const options = { ...common('postgres'), account, password: secrets.postgres };
      await preparePostgres(options);
      return postgresProgram(options, port);
    },
    redis: async (port) => redisProgram({ ...common('redis'), password: secrets.redis }, port),
    nats: async (port) => natsProgram({ ...common('nats'), token: secrets.nats }, port),
  };
}

/**
 * @param {Plan} plan
 * @param {number} firstPort
 * @param {(line: string) => void} say
 */
async function startOnFreePort(plan, firstPort, say) {
  let port = firstPort;
  for (let tries = 1; ; tries++) {
    const kept = new KeptProcess(await plan(port), say);
    try {
      await kept.start();
      return { kept, port };
    } catch (error) {
      const isTaken = error instanceof StartError && /address already in use/i.test(error.tail);
      if (!isTaken || tries === PORT_TRIES) throw error;
      [port = 0] = await freeTcpPorts(1);
    }
  }
}

/**
 * @param {import('./provide-programs.mjs').Programs} programs
 * @param {ServerName} name
 */
function found(programs, name) {
  const program = programs[name];
  if (!program) throw new SetupError(`${name} was not provided.`);
  return program;
}
