/**
 * What a server sees of our environment: as little as it needs, so that no PGDATA or the like changes what it does.
 * @param {import('./find-program.mjs').FoundProgram} program
 * @returns {NodeJS.ProcessEnv}
 */
export function serverEnvironment({ libraryPath }) {
  const base = { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' };
  return libraryPath ? { ...base, LD_LIBRARY_PATH: libraryPath } : base;
}
