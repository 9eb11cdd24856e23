import { type EndCall, type EndCallReply, mintSid } from '@trunkline/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Bus } from './bus.js';
import { MalformedMessageError, NoResponderError } from './errors.js';
import { callStory, createTestBus, type TestBus } from './testing.js';

let cluster: TestBus;
let api: Bus;
let dialer: Bus;
const faults: Error[] = [];

beforeAll(async () => {
  cluster = createTestBus(process.env.TEST_NATS_URL);
  api = await cluster.connect();
  dialer = await cluster.connect({ onError: (error) => faults.push(error) });
});

afterAll(() => cluster.drop());

test('a command reaches the one dialer it is for, and its reply comes back', async () => {
  const [event] = callStory(1);
  if (!event) throw new Error('no event');
  const taken: EndCall[] = [];
  const serving = dialer.serveEndCall('d.1', (command) => {
    taken.push(command);
    return { result: 'ending', call: event.data };
  });
  await dialer.leases.list(); // A round trip: now the server knows the subscription.
  const command: EndCall = { callSid: event.subject, status: 'completed' };
  expect(await api.requestEndCall('d.1', command)).toEqual({ result: 'ending', call: event.data });
  expect(taken).toEqual([command]);
  await expect(api.requestEndCall('d.2', command)).rejects.toThrow(NoResponderError);
  serving.stop();
  await dialer.leases.list();
  await expect(api.requestEndCall('d.1', command)).rejects.toThrow(NoResponderError);
});

test('a reply that is none, and a handler that fails, are errors to the asker and harm nobody else', async () => {
  let reply: () => EndCallReply = () => ({ result: 'in-progress' }) as EndCallReply;
  const serving = dialer.serveEndCall('odd', () => reply());
  await dialer.leases.list();
  const command: EndCall = { callSid: mintSid('CA'), status: 'canceled' };
  await expect(api.requestEndCall('odd', command)).rejects.toThrow(MalformedMessageError);
  reply = () => {
    throw new Error('the handler failed');
  };
  await expect(api.requestEndCall('odd', command)).rejects.toThrow(MalformedMessageError);
  reply = () => ({ result: 'not-live' });
  expect(await api.requestEndCall('odd', command)).toEqual({ result: 'not-live' });
  await expect(api.requestEndCall('odd', { callSid: 'CA1' } as EndCall)).rejects.toThrow(
    MalformedMessageError,
  );
  expect(faults.map((fault) => fault.message)).toEqual([
    'the handler failed',
    expect.stringContaining('malformed'),
  ]);
  serving.stop();
});
