import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ConfigError, StartAbortedError } from './errors.js';
import { runMain } from './run-main.js';

const GLOBAL_EVENTS = ['uncaughtException', 'unhandledRejection'] as const;
let before: Map<string, unknown[]>;

beforeEach(() => {
  before = new Map(GLOBAL_EVENTS.map((name) => [name, process.rawListeners(name)]));
});

afterEach(() => {
  for (const name of GLOBAL_EVENTS) for (const listener of addedListeners(name)) process.off(name, listener);
  vi.restoreAllMocks();
});

function addedListeners(name: (typeof GLOBAL_EVENTS)[number]): ((error: unknown) => void)[] {
  const known = before.get(name) ?? [];
  return process.rawListeners(name).filter((one) => !known.includes(one)) as ((error: unknown) => void)[];
}

/** Runs a main whose start fails, up to the exit. */
async function failWith(error: unknown): Promise<{ code: unknown; text: string }> {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const exited = new Promise((resolve) => {
    vi.spyOn(process, 'exit').mockImplementation(((code: number) => resolve(code)) as never);
  });
  runMain('api', () => Promise.reject(error));
  const code = await exited;
  return { code, text: write.mock.calls.map(([text]) => String(text)).join('') };
}

test('a configuration fault is told as it is, with exit code 1', async () => {
  const error = new ConfigError('The environment has a fault:\n  API_PORT  is not set', new Map());
  expect(await failWith(error)).toEqual({
    code: 1,
    text: 'api cannot start: The environment has a fault:\n  API_PORT  is not set\n',
  });
});

test('another failure is one line with its cause', async () => {
  const error = new Error('port 5060 is taken:\n  choose another', { cause: new Error('EADDRINUSE') });
  expect(await failWith(error)).toEqual({
    code: 1,
    text: 'api cannot start: port 5060 is taken: choose another (EADDRINUSE)\n',
  });
});

test('a stop that was asked for during the start is no failure', async () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const exit = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
  runMain('api', () => Promise.reject(new StartAbortedError('stop')));
  await vi.waitFor(() => expect(exit).toHaveBeenCalled());
  expect(exit.mock.calls[0]).toEqual([0]);
});

test.each(GLOBAL_EVENTS)('an %s ends the process with code 1', (name) => {
  const exit = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
  runMain('api', async () => {});
  const [listener] = addedListeners(name);
  listener?.(new Error('nobody caught this'));
  expect(exit).toHaveBeenCalledWith(1);
});
