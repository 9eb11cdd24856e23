import { mkdirSync } from 'node:fs';
import { isRedisReady } from './probes.mjs';
import { serverEnvironment } from './server-environment.mjs';

/**
 * @typedef {object} RedisOptions
 * @property {import('./owned-processes.mjs').OwnedProcesses} owned
 * @property {import('./find-program.mjs').FoundProgram} program
 * @property {string} dataDir
 * @property {string} password
 * @property {boolean} durable
 * @property {string} logPath
 */

/**
 * @param {RedisOptions} options
 * @param {number} port
 * @returns {import('./kept-process.mjs').Program}
 */
export function redisProgram({ owned, program, dataDir, password, durable, logPath }, port) {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const settings = [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${JSON.stringify(dataDir)}`,
    `appendonly ${durable ? 'yes' : 'no'}`,
    'save ""',
    'maxmemory-policy noeviction',
  ];
  return {
    label: 'redis',
    logPath,
    launch: (log) => {
      const child = owned.launch([program.paths[0] ?? '', '-'], {
        deathSignal: 'TERM',
        env: serverEnvironment(program),
        stdio: ['pipe', log, log],
        cwd: dataDir,
      });
      // Through its input, so that the password is neither in a file nor in the list of processes.
      child.stdin?.on('error', () => {});
      child.stdin?.end(`${settings.join('\n')}\n`);
      return child;
    },
    isReady: () => isRedisReady(port, password),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 5000,
  };
}
