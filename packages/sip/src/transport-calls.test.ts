import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { afterAll, afterEach, expect, test } from 'vitest';
import { createUserAgent, type UserAgent } from './agent.js';
import { systemClock } from './clock.js';
import { OFFER } from './testing/agent-bench.js';
import { createTestAuthority } from './testing/make-certificates.js';
import type { SipAddress, SipProtocol, Transport } from './transport.js';
import { openTransports } from './transport-open.js';

const authority = createTestAuthority();
const certificate = authority?.issue('DNS:callee.example.com');
const agents: UserAgent[] = [];

afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.close()));
});

afterAll(() => authority?.close());

async function bind(host = '127.0.0.1'): Promise<Transport> {
  const at = { host, port: 0 };
  const tls = authority && certificate ? { tls: { ...at, ...certificate, ca: authority.ca } } : {};
  return openTransports({ clock: systemClock, udp: at, tcp: at, ...tls });
}

function agentOn(transport: Transport, more: Partial<Parameters<typeof createUserAgent>[0]> = {}): UserAgent {
  const agent = createUserAgent({
    transport,
    clock: systemClock,
    publicAddress: (to) => transport.localOf(to.protocol ?? 'UDP') ?? transport.local,
    ...more,
  });
  agents.push(agent);
  return agent;
}

const NO_HANDLERS = { onSent: () => {}, onProvisional: () => {}, onAnswered: () => {}, onEnded: () => {} };

/** A port where nobody listens. */
async function deadAddress(protocol: SipProtocol): Promise<SipAddress> {
  const transport = await bind();
  await transport.close();
  return transport.localOf(protocol) as SipAddress;
}

test.each(['UDP', 'TCP'] as const)(
  'over %s a call to a port where nobody listens is unreachable long before timer B',
  async (protocol) => {
    const dead = await deadAddress(protocol);
    const agent = agentOn(await bind());
    const end = await new Promise((done) =>
      agent.invite({
        requestUri: `sip:1@127.0.0.1:${dead.port}`,
        from: { uri: 'sip:a@127.0.0.1' },
        to: { uri: `sip:1@127.0.0.1:${dead.port}` },
        targets: [dead],
        offer: OFFER,
        handlers: { ...NO_HANDLERS, onEnded: done },
      }),
    );
    expect(end).toMatchObject({ kind: 'unreachable', error: { code: 'ECONNREFUSED' } });
  },
);

test
  .skipIf(authority === null)
  .each(
    (['UDP', 'TCP', 'TLS'] as const).flatMap((protocol) =>
      ['127.0.0.1', '::1'].map((host) => [protocol, host] as const),
    ),
  )('a whole call over %s at %s', async (protocol, host) => {
  const [near, far] = [await bind(host), await bind(host)];
  const caller = agentOn(near);
  const ended = new Promise((done) => {
    agentOn(far, {
      onInvite: (call) => {
        call.handlers.onEnded = done;
        call.ring();
        call.answer(OFFER);
      },
    });
  });
  const at = far.localOf(protocol) as SipAddress;
  const hostPort = `${host === '::1' ? '[::1]' : host}:${at.port};transport=${protocol.toLowerCase()}`;
  const end = await new Promise((done) => {
    const call = caller.invite({
      requestUri: `sip:1@${hostPort}`,
      from: { uri: 'sip:a@example.com' },
      to: { uri: `sip:1@${hostPort}` },
      targets: [{ ...at, ...(protocol === 'TLS' ? { serverName: 'callee.example.com' } : {}) }],
      offer: OFFER,
      handlers: { ...NO_HANDLERS, onAnswered: () => call.bye(16), onEnded: done },
    });
  });
  expect(end).toMatchObject({ kind: 'bye', side: 'local', q850: 16, status: 200 });
  expect(await ended).toMatchObject({ kind: 'bye-remote' });
});

test('a phone that registered over TCP and goes is told by the name of its connection', async () => {
  const transport = await bind();
  const registered: (string | undefined)[] = [];
  const phone = new Socket().on('error', () => {});
  const lost = new Promise<string>((done) => {
    agentOn(transport, {
      onConnectionLost: done,
      onRegister: async (_request, from) => {
        registered.push(from.connection);
        phone.destroy();
        return { status: 200, headers: [] };
      },
    });
  });
  const { host, port } = transport.localOf('TCP') as SipAddress;
  phone.connect(port, host);
  const lines = [
    'REGISTER sip:127.0.0.1 SIP/2.0',
    'Via: SIP/2.0/TCP 127.0.0.1:5999;branch=z9hG4bK1',
    'From: <sip:a@127.0.0.1>;tag=a',
    'To: <sip:a@127.0.0.1>',
    'Call-ID: one',
    'CSeq: 1 REGISTER',
    'Max-Forwards: 70',
    'Content-Length: 0',
  ];
  phone.write(`${lines.join('\r\n')}\r\n\r\n`);
  expect(await lost).toBe(registered[0]);
});

test('junk from the network is counted and nothing else happens', async () => {
  const transport = await bind();
  let faults = 0;
  const counted = new Promise<void>((done) => {
    agentOn(transport, {
      onFault: () => {
        faults += 1;
        if (faults === 3) done();
        throw new Error('whoever counts fails too');
      },
    });
  });
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  for (const junk of ['hello', 'INVITE sip:x SIP/2.0\r\n\r\n', '\u0000\u0001\u0002'])
    socket.send(junk, transport.local.port, '127.0.0.1');
  await counted;
  socket.close();
});
