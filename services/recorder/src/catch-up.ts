import type { BatchConsumer } from '@trunkline/bus';

const LOOK_EVERY_MS = 50;

/**
 * Waits until history has reached what the stream held when this was called, or the time is up: processes are stopped
 * together, and what the dialers said last should be in the record before it is read again. Never rejects: when the bus
 * or Postgres is away, what is missing is written after the next start.
 */
export async function catchUp(events: Pick<BatchConsumer, 'progress'>, timeoutMs: number): Promise<void> {
  const until = performance.now() + timeoutMs;
  try {
    const { last } = await events.progress();
    while ((await events.progress()).handled < last && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  } catch {
    // Then there is nothing to wait for.
  }
}
