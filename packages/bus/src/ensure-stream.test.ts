import { ErrorCode, type JetStreamManager, NatsError, type StreamConfig } from 'nats';
import { expect, test } from 'vitest';
import { ensureNoteStream, ensureStream, eventStream } from './ensure-stream.js';

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

/** A server that has only so much left to set aside. */
function fullServer(leftBytes: number) {
  const tried: number[] = [];
  const streams = {
    info: async () => {
      throw refusal(10059);
    },
    add: async ({ max_bytes = 0 }: Partial<StreamConfig>) => {
      tried.push(max_bytes);
      if (max_bytes > leftBytes) throw refusal(10047);
    },
  };
  return { tried, manager: { streams } as unknown as JetStreamManager };
}

const MIB = 1_048_576;

test('notes get 1 GiB, or the largest half of it that the server has left', async () => {
  const roomy = fullServer(2_000 * MIB);
  await ensureNoteStream(roomy.manager, 'NOTES', 'notes.>');
  expect(roomy.tried).toEqual([1024 * MIB]);
  const small = fullServer(300 * MIB);
  await ensureNoteStream(small.manager, 'NOTES', 'notes.>');
  expect(small.tried).toEqual([1024 * MIB, 512 * MIB, 256 * MIB]);
});

test('a server without room for any notes is an error', async () => {
  const full = fullServer(MIB);
  await expect(ensureNoteStream(full.manager, 'NOTES', 'notes.>')).rejects.toMatchObject({
    api_error: { err_code: 10047 },
  });
  expect(full.tried.at(-1)).toBe(16 * MIB);
});
