import type { Logger } from './create-logger.js';

export type StopSignal = 'SIGTERM' | 'SIGINT';

/** One step of stopping. It is told how many ms it has, and is left behind when they are over. */
export interface DrainStep {
  name: string;
  run: (timeLeftMs: number) => Promise<void>;
}

/**
 * When and how a process stops. The first signal asks; a second one ends the process at once with code 1. A Ctrl-C that
 * arrives twice within a second, from the terminal and from the parent, is one signal.
 */
export interface Lifecycle {
  /**
   * Resolves with the first signal. Before anyone has asked for this promise the process is still starting, and there
   * is nothing to drain: a signal then ends it with code 0.
   */
  readonly stopRequested: Promise<StopSignal>;
  /** Aborted by the first signal: for a start that ends by itself when asked. Asking for it counts as above. */
  readonly signal: AbortSignal;
  /**
   * Runs the steps in order, each within what is left of timeoutMs (but at least 2 s, so that the last things are
   * written even when the first took all), and exits: 0, or 1 when a step failed or was left behind.
   */
  drain(steps: DrainStep[], options: { timeoutMs: number; log: Logger }): Promise<void>;
}

/** What a lifecycle needs of `process`, so that a test can stand in for it. */
export interface ProcessPort {
  on(signal: StopSignal, listener: () => void): unknown;
  exit(code: number): void;
  /** Monotonic. */
  nowMs(): number;
}

const REPEAT_WINDOW_MS = 1000;
const MIN_STEP_MS = 2000;

/** Begins to listen for signals: from here on they no longer end the process by themselves. */
export function createLifecycle(host: ProcessPort = ownProcess): Lifecycle {
  const { promise: stopRequested, resolve } = withResolvers<StopSignal>();
  const stop = new AbortController();
  let isStarting = true;
  let first: { signal: StopSignal; atMs: number } | null = null;
  const take = (signal: StopSignal) => {
    if (isStarting) {
      host.exit(0);
    } else if (first === null) {
      first = { signal, atMs: host.nowMs() };
      resolve(signal);
      stop.abort();
    } else if (!isRepeat(first, signal, host.nowMs())) {
      host.exit(1);
    }
  };
  host.on('SIGTERM', () => take('SIGTERM'));
  host.on('SIGINT', () => take('SIGINT'));
  return {
    get stopRequested() {
      isStarting = false;
      return stopRequested;
    },
    get signal() {
      isStarting = false;
      return stop.signal;
    },
    drain: async (steps, options) => host.exit((await runSteps(steps, options, host)) ? 0 : 1),
  };
}

const ownProcess: ProcessPort = {
  on: (signal, listener) => process.on(signal, listener),
  exit: (code) => process.exit(code),
  nowMs: () => performance.now(),
};

/** One Ctrl-C reaches a child twice, as SIGINT from the terminal and as whatever its parent sends on. */
function isRepeat(first: { signal: StopSignal; atMs: number }, signal: StopSignal, nowMs: number): boolean {
  if (nowMs - first.atMs >= REPEAT_WINDOW_MS) return false;
  return first.signal === 'SIGINT' || signal === 'SIGINT';
}

async function runSteps(
  steps: DrainStep[],
  { timeoutMs, log }: { timeoutMs: number; log: Logger },
  host: ProcessPort,
): Promise<boolean> {
  const deadline = host.nowMs() + timeoutMs;
  let isClean = true;
  log.info({ timeoutMs }, 'stopping');
  for (const step of steps) {
    const error = await runStep(step, Math.max(deadline - host.nowMs(), MIN_STEP_MS));
    if (error === null) log.debug({ step: step.name }, 'stopped a part');
    else log.error({ step: step.name, err: error }, 'a part did not stop as it should');
    isClean &&= error === null;
  }
  log.info({ clean: isClean }, 'stopped');
  return isClean;
}

async function runStep(step: DrainStep, timeLeftMs: number): Promise<Error | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Error>((resolve) => {
    timer = setTimeout(() => resolve(new Error(`not done after ${Math.round(timeLeftMs)} ms`)), timeLeftMs);
  });
  try {
    return await Promise.race([step.run(timeLeftMs).then(() => null), late]);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    clearTimeout(timer);
  }
}

/** Promise.withResolvers, which Node 20 does not have. */
function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
