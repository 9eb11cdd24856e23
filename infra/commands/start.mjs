import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkToken } from '../local/check-token.mjs';
import { LOCAL } from '../local/checkout.mjs';
import { serveDemoMarkup } from '../local/demo-markup.mjs';
import { SetupError } from '../local/errors.mjs';
import { takeLock } from '../local/lock.mjs';
import { boundLogs } from '../local/log-files.mjs';
import { OwnedProcesses } from '../local/owned-processes.mjs';
import { requireFreePorts } from '../local/ports.mjs';
import { startServers } from '../local/servers.mjs';
import { ServiceFleet } from '../local/service-fleet.mjs';
import { planServices, portsOf, readSandboxPlan } from '../local/services.mjs';
import { readSettings, writeSettings } from '../local/settings.mjs';
import { describeSandbox } from './describe-sandbox.mjs';
import { build, prepare, unlessStopped } from './prepare.mjs';

const DATA = join(LOCAL, 'data');
const LOGS = join(LOCAL, 'logs');
const SETTINGS = join(DATA, 'settings.json');

/**
 * The whole of Trunkline on this machine, until it is asked to stop.
 * @type {import('./main.mjs').Command}
 */
export async function start(_args, context) {
  const plan = readSandboxPlan(process.env);
  const lock = takeLock(join(LOCAL, 'start.lock'));
  if ('heldBy' in lock) {
    throw new SetupError(
      `Trunkline runs in this checkout already (pid ${lock.heldBy}).`,
      'Stop it with Ctrl-C in its terminal, or clone another checkout for a second one.',
    );
  }
  const owned = new OwnedProcesses();
  try {
    await requireFreePorts(portsOf(plan));
    return await run({ ...context, owned, plan });
  } finally {
    owned.close();
    lock.release();
  }
}

/**
 * @typedef {Parameters<import('./main.mjs').Command>[1] & { owned: OwnedProcesses, plan: import('../local/services.mjs').SandboxPlan }} Context
 * @param {Context} context
 */
async function run(context) {
  const { stop, plan, progress } = context;
  for (const folder of [DATA, LOGS]) mkdirSync(folder, { recursive: true });
  chmodSync(LOGS, 0o700);
  // To be passed through, not read: Postgres may run as another user. What is inside is closed by itself.
  chmodSync(DATA, 0o711);
  const logs = boundLogs(LOGS);
  const sandbox = await unlessStopped(stop, startEverything(context));
  tellHowToUse(sandbox, plan);
  const why = await stop.first;
  progress.say(
    `\nStopping (${why}): calls have up to ${plan.drainSeconds} s to end; Ctrl-C again stops now.`,
  );
  const isDone = await Promise.race([stopInOrder(sandbox).then(() => true), stop.second.then(() => false)]);
  if (!isDone) await Promise.all([sandbox.fleet.kill(), sandbox.servers.kill()]);
  logs.stop();
  progress.say(isDone ? 'Stopped.' : 'Stopped at once.');
  return 0;
}

/** @typedef {Awaited<ReturnType<typeof startEverything>>} Sandbox */

/** @param {Context} context */
async function startEverything(context) {
  const { progress, owned, plan } = context;
  const say = (/** @type {string} */ line) => progress.say(line);
  const given = {
    ...(process.env.DATABASE_URL ? { postgres: process.env.DATABASE_URL } : {}),
    ...(process.env.REDIS_URL ? { redis: process.env.REDIS_URL } : {}),
    ...(process.env.NATS_URL ? { nats: process.env.NATS_URL } : {}),
  };
  const wanted = /** @type {const} */ (['postgres', 'redis', 'nats']).filter((name) => !(name in given));
  const { programs, account: postgresAccount } = await prepare({ needed: wanted }, context);
  const postgresDir = join(postgresAccount.home, 'data', 'postgres');
  const settings = knownSettings(postgresDir);
  const startingServers = progress.step(`starting ${nameServers(wanted)}`, () =>
    startServers({
      owned,
      programs,
      account: postgresAccount,
      dataDir: DATA,
      postgresDir,
      logDir: LOGS,
      durable: true,
      secrets: settings.secrets,
      ports: settings.ports,
      given,
      say,
    }),
  );
  const [servers] = await Promise.all([startingServers, build(context)]);
  const demo = await serveDemoMarkup(settings.ports.demo);
  settings.ports.demo = demo.port;
  writeSettings(SETTINGS, settings);
  const account = {
    sid: process.env.TRUNKLINE_ACCOUNT_SID || settings.account.sid,
    token: process.env.TRUNKLINE_AUTH_TOKEN || settings.account.token,
  };
  const secretKey = process.env.SECRET_KEY || settings.secretKey;
  const services = planServices(plan, { urls: servers.urls, account, secretKey, env: process.env });
  const fleet = new ServiceFleet(services, { owned, logDir: LOGS, drainSeconds: plan.drainSeconds, say });
  await progress.step(`starting ${services.length} services`, () => fleet.start());
  const token = await checkToken(plan.apiPort, account);
  if (token === 'primary') rememberToken(settings, account);
  return { servers, fleet, demo, account, isRotated: token === 'rotated' };
}

/**
 * A token that was given once and works is kept: with the one that it replaced, the next start would tell what is no
 * longer true, or make that one valid again.
 * @param {import('../local/settings.mjs').Settings} settings
 * @param {{ sid: string, token: string }} account
 */
function rememberToken(settings, account) {
  if (account.sid !== settings.account.sid || account.token === settings.account.token) return;
  settings.account.token = account.token;
  writeSettings(SETTINGS, settings);
}

/** @param {('postgres' | 'redis' | 'nats')[]} wanted those that the user does not give */
function nameServers(wanted) {
  const names = { postgres: 'Postgres', redis: 'Redis', nats: 'NATS' };
  return wanted.map((name) => names[name]).join(', ') || 'no servers: all are given';
}

/** @param {string} postgresDir */
function knownSettings(postgresDir) {
  if (existsSync(postgresDir) && !existsSync(SETTINGS)) {
    throw new SetupError(
      `${postgresDir} is there, but the password for it (${SETTINGS}) is not.`,
      `Put the file back, or delete ${postgresDir} to begin anew.`,
    );
  }
  return readSettings(SETTINGS);
}

/** @param {Sandbox} sandbox */
async function stopInOrder({ fleet, servers, demo }) {
  await fleet.stop();
  demo.close();
  await servers.stop();
}

/**
 * @param {Sandbox} sandbox
 * @param {import('../local/services.mjs').SandboxPlan} plan
 */
function tellHowToUse({ account, isRotated, demo }, { apiPort, sipPort }) {
  const hasTrunks = Boolean(process.env.TRUNKS);
  console.log(describeSandbox({ account, isRotated, apiPort, sipPort, hasTrunks, demoUrl: demo.url }));
}
