import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNatsReady } from './probes.mjs';
import { serverEnvironment } from './server-environment.mjs';

/**
 * @typedef {object} NatsOptions
 * @property {import('./owned-processes.mjs').OwnedProcesses} owned
 * @property {import('./find-program.mjs').FoundProgram} program
 * @property {string} dataDir
 * @property {string} token
 * @property {string} logPath
 */

/**
 * @param {NatsOptions} options
 * @param {number} port
 * @returns {import('./kept-process.mjs').Program}
 */
export function natsProgram({ owned, program, dataDir, token, logPath }, port) {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const configPath = join(dataDir, 'nats.conf');
  rmSync(configPath, { force: true });
  writeFileSync(configPath, configuration(port, token, join(dataDir, 'jetstream')), { mode: 0o600 });
  return {
    label: 'nats',
    logPath,
    launch: (log) =>
      owned.launch([program.paths[0] ?? '', '-c', configPath], {
        deathSignal: 'TERM',
        env: serverEnvironment(program),
        stdio: ['ignore', log, log],
        cwd: dataDir,
      }),
    isReady: () => isNatsReady(port),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 5000,
  };
}

// The limits are given, since the default ones follow from the free disk and memory of the machine: a small machine
// would then refuse streams that it has room for.
/**
 * @param {number} port
 * @param {string} token
 * @param {string} storeDir
 */
function configuration(port, token, storeDir) {
  return `listen: "127.0.0.1:${port}"
authorization { token: "${token}" }
jetstream { store_dir: ${JSON.stringify(storeDir)}, max_mem: 1GB, max_file: 100GB }
`;
}
