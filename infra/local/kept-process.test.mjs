import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { StartError } from './errors.mjs';
import { KeptProcess, restartDelayMs } from './kept-process.mjs';
import { OwnedProcesses } from './owned-processes.mjs';
import { eventually, temporaryFolder } from './testing.mjs';

/**
 * @param {string} script what the process does; `$READY` is the file that makes it ready
 * @param {Partial<import('./kept-process.mjs').Program> & { wait?: import('./kept-process.mjs').Wait }} [changes]
 */
function keep(script, { wait, ...changes } = {}) {
  const dir = temporaryFolder();
  const ready = join(dir, 'ready');
  const owned = new OwnedProcesses();
  onTestFinished(() => owned.close());
  /** @type {string[]} */
  const said = [];
  const kept = new KeptProcess(
    {
      label: 'dialer-7',
      launch: (log) =>
        owned.launch(['sh', '-c', script], {
          env: { ...process.env, READY: ready },
          stdio: ['ignore', log, log],
        }),
      isReady: async () => existsSync(ready),
      stopSignal: 'SIGTERM',
      stopTimeoutMs: 100,
      logPath: join(dir, 'dialer-7.log'),
      ...changes,
    },
    (line) => said.push(line),
    wait,
  );
  return { kept, said, ready };
}

test('a process that dies is started again, and both are said', async () => {
  const { kept, said } = keep('touch "$READY"; exec sleep 60');
  await kept.start();
  const first = kept.pid ?? 0;
  process.kill(first, 'SIGKILL');
  await eventually('it is back', () => said.length === 2);
  expect(kept.pid).not.toBe(first);
  expect(said[0]).toMatch(/^✗ dialer-7 was killed by SIGKILL; starting it again in 0.2 s/);
  expect(said[1]).toMatch(/^✓ dialer-7 is back after \d+\.\d s$/);
  await kept.stop();
  expect(said).toHaveLength(2);
});

test('a process that ends before it is ready is an error that holds its last lines', async () => {
  const { kept, said } = keep('echo the port is taken; exit 3');
  const error = await kept.start().catch((reason) => reason);
  expect(error).toBeInstanceOf(StartError);
  expect(error).toMatchObject({ message: 'dialer-7 ended with code 3', tail: 'the port is taken' });
  expect(said).toEqual([]);
});

test('a program that cannot be run is an error', async () => {
  const owned = new OwnedProcesses();
  onTestFinished(() => owned.close());
  const { kept } = keep('', {
    launch: () => owned.launch(['/no/such/program'], { enter: ['/no/such/launcher'] }),
  });
  await expect(kept.start()).rejects.toThrow('dialer-7 could not be run');
});

test('a process that is not ready in time is ended', async () => {
  const { kept } = keep('exec sleep 60', { readyTimeoutMs: 100 });
  await expect(kept.start()).rejects.toThrow('dialer-7 was not ready within 0.1 s');
  expect(() => process.kill(kept.pid ?? 0, 0)).toThrow('ESRCH');
});

test('a process that ignores its stop signal is killed when its time is up', async () => {
  const { kept, said, ready } = keep(
    'trap "echo asked >>$READY" TERM; touch "$READY"; while :; do sleep 0.01; done',
  );
  await kept.start();
  writeFileSync(ready, '');
  await kept.stop();
  expect(readFileSync(ready, 'utf8')).toBe('asked\n');
  expect(() => process.kill(kept.pid ?? 0, 0)).toThrow('ESRCH');
  expect(said).toEqual([]);
});

test('stopping while it waits to be started again ends the wait, and starts nothing', async () => {
  /** @type {(value?: unknown) => void} */
  let tellWaitIsOver = () => {};
  const waitIsOver = new Promise((resolve) => {
    tellWaitIsOver = resolve;
  });
  /** @type {number[]} */
  const waits = [];
  const { kept, said } = keep('touch "$READY"; exec sleep 60', {
    beforeRestart: async () => tellWaitIsOver(),
    // Only the stop can end it.
    wait: async (ms, _, { signal }) => {
      waits.push(ms);
      await once(signal, 'abort');
    },
  });
  await kept.start();
  const first = kept.pid ?? 0;
  process.kill(first, 'SIGKILL');
  await eventually('it waits to be started again', () => waits.length === 1);
  await kept.stop();
  await waitIsOver;
  // What follows the wait has run after one turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  expect(kept.pid).toBe(first);
  expect([waits, said.length]).toEqual([[restartDelayMs(0)], 1]);
});

test('the waits double, up to ten seconds', () => {
  expect([0, 1, 2, 5, 6, 50].map(restartDelayMs)).toEqual([200, 400, 800, 6400, 10_000, 10_000]);
});
