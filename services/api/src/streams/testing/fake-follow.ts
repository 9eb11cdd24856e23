import type { CallEvent } from '@trunkline/contracts';
import type { Follow } from '../event-stream.js';

/** One account's events, as a test tells them. */
export class FakeFollow {
  isPaused = false;
  isStopped = false;
  #handlers: Parameters<Follow>[0] | null = null;

  readonly follow: Follow = async (handlers) => {
    this.#handlers = handlers;
    return {
      stop: () => {
        this.isStopped = true;
      },
      pause: () => {
        this.isPaused = true;
      },
      resume: () => {
        this.isPaused = false;
      },
    };
  };

  send(event: CallEvent, streamSequence: number): void {
    this.#handlers?.onEvent(event, streamSequence);
  }

  end(error: Error | null): void {
    this.#handlers?.onEnd(error);
  }
}
