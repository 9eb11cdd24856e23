import { ErrorCode, type JetStreamManager, NatsError } from 'nats';
import { expect, test } from 'vitest';
import { ensureStream, eventStream } from './ensure-stream.js';

function refusal(errCode: number): NatsError {
  const error = new NatsError('refused', ErrorCode.JetStreamInvalidAck);
  error.api_error = { code: 400, err_code: errCode, description: 'refused' };
  return error;
}

/** A server that finds subjects in the way of a new stream; `isThereAfter`: since the same stream is just being made. */
function overlappingServer(isThereAfter: boolean): JetStreamManager {
  let isAdded = false;
  return {
    streams: {
      info: async () => {
        if (!isAdded || !isThereAfter) throw refusal(10059);
      },
      add: async () => {
        isAdded = true;
        throw refusal(10065);
      },
    },
  } as unknown as JetStreamManager;
}

const CONFIG = eventStream('CALLS', 'calls.>', 1_000);

test('a stream that another process makes at the same moment is no conflict', async () => {
  await expect(ensureStream(overlappingServer(true), CONFIG)).resolves.toBeUndefined();
});

test("another stream's subjects in the way are one", async () => {
  await expect(ensureStream(overlappingServer(false), CONFIG)).rejects.toMatchObject({
    api_error: { err_code: 10065 },
  });
});
