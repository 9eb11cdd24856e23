import { ErrorCode, NatsError } from 'nats';
import { expect, test } from 'vitest';
import { BusUnavailableError } from './errors.js';
import { toBusError } from './nats-error.js';
import { createOutbox } from './outbox.js';
import { callStory } from './testing.js';

function refusal(code: number, errCode: number, description: string): NatsError {
  const error = new NatsError(description, ErrorCode.JetStreamInvalidAck);
  error.api_error = { code, err_code: errCode, description };
  return error;
}

test.each([
  [400, 10002, 'resource limits exceeded for account', 'BusUnavailableError'],
  [400, 10053, 'maximum bytes exceeded', 'BusUnavailableError'],
  [404, 10059, 'stream not found', 'BusUnavailableError'],
  [503, 10023, 'insufficient resources', 'BusUnavailableError'],
  [400, 10054, 'message size exceeds maximum allowed', 'BusRefusedError'],
  [400, 10052, 'stream configuration', 'BusRefusedError'],
])('a refusal %i/%i (%s) is a %s', (code, errCode, description, name) => {
  const error = toBusError('publish', refusal(code, errCode, description));
  expect(error.name).toBe(name);
  // Refused is not lost on the way: it surely did not arrive.
  if (error instanceof BusUnavailableError) expect(error.outcomeUnknown).toBe(false);
});

test('an outbox keeps an event that an account without room refuses, until there is room', async () => {
  const [event] = callStory(1);
  if (!event) throw new Error('no event');
  const published: string[] = [];
  let attempts = 0;
  const publish = async () => {
    attempts += 1;
    if (attempts === 1)
      throw toBusError('publish', refusal(400, 10002, 'resource limits exceeded for account'));
    published.push(event.id);
  };
  const outbox = createOutbox({ publish, waitUntilConnected: async () => true });
  outbox.publish(event);
  expect(await outbox.flush(5_000)).toBe(true);
  expect(published).toEqual([event.id]);
});
