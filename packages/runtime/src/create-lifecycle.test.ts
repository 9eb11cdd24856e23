import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLifecycle, type ProcessPort, type StopSignal } from './create-lifecycle.js';
import { createLogger } from './create-logger.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A process whose signals, clock and exit are the test's. */
function fakeProcess() {
  const listeners = new Map<StopSignal, () => void>();
  const exits: number[] = [];
  const port: ProcessPort = {
    on: (signal, listener) => listeners.set(signal, listener),
    exit: (code) => void exits.push(code),
    nowMs: () => Date.now(),
  };
  return { port, exits, send: (signal: StopSignal) => listeners.get(signal)?.() };
}

function testLog() {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  return { lines, log: createLogger({ service: 'test', level: 'debug', destination }) };
}

test.each(['SIGTERM', 'SIGINT'] as const)('the first %s asks to stop and ends nothing', async (signal) => {
  const { port, exits, send } = fakeProcess();
  const lifecycle = createLifecycle(port);
  expect(lifecycle.signal.aborted).toBe(false);
  const { stopRequested } = lifecycle;
  send(signal);
  expect(await stopRequested).toBe(signal);
  expect(lifecycle.signal.aborted).toBe(true);
  expect(exits).toEqual([]);
});

test.each([
  ['SIGTERM', 'SIGTERM', 10, [1]],
  ['SIGINT', 'SIGINT', 10, []],
  ['SIGINT', 'SIGINT', 999, []],
  ['SIGINT', 'SIGINT', 1000, [1]],
  ['SIGINT', 'SIGTERM', 10, []],
  ['SIGTERM', 'SIGINT', 10, []],
  ['SIGTERM', 'SIGINT', 1500, [1]],
] as const)('%s and then %s after %i ms: exits %j', (first, second, ms, expected) => {
  const { port, exits, send } = fakeProcess();
  expect(createLifecycle(port).stopRequested).toBeInstanceOf(Promise);
  send(first);
  vi.advanceTimersByTime(ms);
  send(second);
  expect(exits).toEqual(expected);
});

test('a process that is still starting ends with the first signal', () => {
  const { port, exits, send } = fakeProcess();
  createLifecycle(port);
  send('SIGTERM');
  expect(exits).toEqual([0]);
});

test('draining runs the steps in order and exits 0', async () => {
  const { port, exits } = fakeProcess();
  const order: string[] = [];
  const step = (name: string) => ({ name, run: async () => void order.push(name) });
  await createLifecycle(port).drain([step('calls'), step('bus')], { timeoutMs: 100, log: testLog().log });
  expect(order).toEqual(['calls', 'bus']);
  expect(exits).toEqual([0]);
});

test('a step that fails is logged, the others run, and the exit code is 1', async () => {
  const { port, exits } = fakeProcess();
  const { log, lines } = testLog();
  const ran: string[] = [];
  const steps = [
    { name: 'broken', run: () => Promise.reject(new Error('no way')) },
    { name: 'last', run: async () => void ran.push('last') },
  ];
  await createLifecycle(port).drain(steps, { timeoutMs: 100, log });
  expect(ran).toEqual(['last']);
  expect(exits).toEqual([1]);
  expect(lines.some((line) => line.includes('"step":"broken"') && line.includes('no way'))).toBe(true);
});

test('a step that takes all the time is left behind, and the next still has two seconds', async () => {
  const { port, exits } = fakeProcess();
  const given: number[] = [];
  const forever = { name: 'calls', run: () => new Promise<void>(() => {}) };
  const next = { name: 'bus', run: async (ms: number) => void given.push(ms) };
  const drained = createLifecycle(port).drain([forever, next], { timeoutMs: 5000, log: testLog().log });
  await vi.advanceTimersByTimeAsync(4999);
  expect(exits).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  await drained;
  expect(given).toEqual([2000]);
  expect(exits).toEqual([1]);
});
