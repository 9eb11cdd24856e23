import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually, temporaryFolder } from './testing.mjs';

/**
 * A process that owns others, as our commands do: it launches a shell that has a child, says their pids, and waits.
 * @param {string} dir for it to have deleted at its end
 */
async function startOwner(dir) {
  const script = `
    import { OwnedProcesses } from ${JSON.stringify(new URL('owned-processes.mjs', import.meta.url).href)};
    const owned = new OwnedProcesses({ removeDir: ${JSON.stringify(dir)} });
    const child = owned.launch(['sh', '-c', 'sleep 60 & echo $$ $!; wait'], { stdio: ['ignore', 'inherit', 'inherit'] });
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(owner.stdout, 'data');
  const pids = String(line).trim().split(' ').map(Number);
  return { owner, pids };
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    // An orphan that nobody has waited for yet.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test('when the owner is killed, children and grandchildren go, and so does its folder', async () => {
  const dir = join(temporaryFolder(), 'throw-away');
  mkdirSync(dir);
  writeFileSync(join(dir, 'data'), 'x');
  const { owner, pids } = await startOwner(dir);
  expect(pids.map(isAlive)).toEqual([true, true]);
  owner.kill('SIGKILL');
  await eventually('all are gone', () => !pids.some(isAlive));
  await eventually('the folder is gone', () => !existsSync(dir));
});
