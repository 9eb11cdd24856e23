import { expect, test, vi } from 'vitest';
import { createAgentBench, placeWatchedCall } from './testing/agent-bench.js';

let made = 0;

vi.mock('./errors.js', async (load) => {
  const real = await load<typeof import('./errors.js')>();
  class CountedError extends real.TransportError {
    constructor(...parts: ConstructorParameters<typeof Error>) {
      super(...parts);
      made += 1;
    }
  }
  return { ...real, TransportError: CountedError };
});

test('a request that goes well makes no error, whose stack would cost more than the request', () => {
  const bench = createAgentBench();
  placeWatchedCall(bench.agent);
  bench.clock.advance(1);
  bench.answer();
  expect(bench.peer.summary()).toEqual(['INVITE', 'ACK']);
  expect(made).toBe(0);
});
