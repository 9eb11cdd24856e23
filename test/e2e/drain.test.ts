import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../support/cluster.js';
import { Customer } from '../support/customer.js';
import { eventually, within } from '../support/deadline.js';

let cluster: Cluster;
let customer: Customer;
let url: string;

beforeAll(async () => {
  [cluster, customer] = await Promise.all([startCluster(), Customer.start()]);
  url = customer.serve('/wait', '<Response><Pause length="60"/></Response>');
});

afterAll(async () => {
  await Promise.all([cluster?.stop(), customer?.stop()]);
});

test('SIGTERM: no new calls, OPTIONS is 503, and what still talks after DRAIN_TIMEOUT is hung up on', async () => {
  const dialer = cluster.service('dialer-0');
  const { sipPort } = await dialer.log.waitFor('the SIP port', (line) => typeof line.sipPort === 'number');
  const options = () => askOptions(Number(sipPort));
  const call = await cluster.api.createCall({ From: '1', To: '+15554440007', Url: url });
  await cluster.events.of(call.sid, 'in-progress');
  // A trunk that has just been made is heard a moment later.
  await eventually(5_000, 'OPTIONS is 200', async () => ((await options()) === 200 ? true : null));

  const gone = dialer.kill('SIGTERM');
  await eventually(2_000, 'OPTIONS is 503', async () => ((await options()) === 503 ? true : null));
  expect(cluster.events.namesOf(call.sid)).toEqual(['queued', 'initiated', 'in-progress']);
  const next = await cluster.api.createCall({ From: '1', To: '+15554450002', Url: url });

  const { data } = await cluster.events.endOf(call.sid);
  expect(data).toMatchObject({ endReason: 'drained', hangupSide: 'local', sipCode: 200 });
  await cluster
    .service('simulator')
    .log.waitFor('a BYE', (line) => line.number === '+15554440007' && line.end === 'bye-remote');
  await gone;
  expect(cluster.events.namesOf(next.sid)).toEqual(['queued']);

  await dialer.start();
  await cluster.events.of(next.sid, 'busy');
  expect((await cluster.numbers()).byNumber['+15554450002']).toEqual({ invites: 1, calls: 1 });
}, 60_000);

/** Asks a SIP host how it is, and returns the status that it answers (RFC 3261 §11); null when it says nothing. */
async function askOptions(port: number): Promise<number | null> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const own = `127.0.0.1:${socket.address().port}`;
  const id = crypto.randomUUID();
  const request = [
    `OPTIONS sip:127.0.0.1:${port} SIP/2.0`,
    `Via: SIP/2.0/UDP ${own};branch=z9hG4bK${id}`,
    'Max-Forwards: 70',
    `From: <sip:test@${own}>;tag=a`,
    `To: <sip:127.0.0.1:${port}>`,
    `Call-ID: ${id}`,
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
  ];
  try {
    const answered = once(socket, 'message');
    socket.send(`${request.join('\r\n')}\r\n\r\n`, port, '127.0.0.1');
    const answer = await within(500, 'OPTIONS is answered', answered).catch(() => null);
    return answer && Number((answer as [Buffer])[0].toString('utf8').split(' ')[1]);
  } finally {
    socket.close();
  }
}
