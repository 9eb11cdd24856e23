import type { Binding, Location } from '@trunkline/contracts';
import { mintSid } from '@trunkline/contracts';
import { expect, test } from 'vitest';
import { createQuietLog } from '../testing/quiet-log.js';
import { createForgetter } from './forget-lost.js';

const clientSid = mintSid('CL');
const bindingAt = (contact: string, dialerId: string, connection?: string): Binding => ({
  contact,
  source: { protocol: 'TCP', host: '203.0.113.5', port: 5062, ...(connection ? { connection } : {}) },
  dialerId,
  dialerAddress: '192.0.2.9:5060',
  callId: 'c',
  cseq: 1,
  expiresAt: '2026-11-24T12:00:00.000Z',
  q: 1,
  instanceId: null,
  userAgent: null,
});

test('only what this dialer took over that connection goes: who came back over another stays', async () => {
  const before: Location = {
    clientSid,
    bindings: [
      bindingAt('sip:gone', 'd1', 'tcp-1'),
      bindingAt('sip:back', 'd1', 'tcp-2'),
      bindingAt('sip:elsewhere', 'd2', 'tcp-1'),
      bindingAt('sip:udp', 'd1'),
    ],
  };
  const left: (string[] | null)[] = [];
  const locations = {
    change: async (_: string, change: (before: Location) => Location | null) => {
      left.push(change(before)?.bindings.map(({ contact }) => contact) ?? null);
      return before;
    },
  };
  const forgetter = createForgetter({ locations, dialerId: 'd1', log: createQuietLog() });
  forgetter.forget(clientSid, 'tcp-1');
  forgetter.forget(clientSid, 'tcp-9');
  expect(left).toEqual([['sip:back', 'sip:elsewhere', 'sip:udp'], null]);
});

test('a network that goes away does not flood the bus, and who stops leaves the rest', async () => {
  const asked: string[] = [];
  let answer: () => void = () => {};
  const answered = new Promise<void>((done) => (answer = done));
  const locations = {
    change: async (sid: string) => {
      asked.push(sid);
      await answered;
      return { clientSid: sid, bindings: [] };
    },
  };
  const forgetter = createForgetter({ locations, dialerId: 'd1', log: createQuietLog() });
  for (let n = 0; n < 100; n++) forgetter.forget(mintSid('CL'), 'tcp-1');
  expect(asked).toHaveLength(8);
  forgetter.stop();
  answer();
  await answered;
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  expect(asked).toHaveLength(8);
});
