import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import type { SipAddress, Transport } from './transport.js';
import { bindUdpTransport } from './transport-udp.js';

const open: Transport[] = [];

async function bind(port = 0, host = '127.0.0.1'): Promise<Transport> {
  const transport = await bindUdpTransport({ host, port });
  open.push(transport);
  return transport;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((transport) => transport.close()));
});

/** A port where nobody listens. */
async function deadAddress(): Promise<SipAddress> {
  const transport = await bindUdpTransport({ host: '127.0.0.1', port: 0 });
  await transport.close();
  return transport.local;
}

test('datagrams arrive whole, with the address they came from', async () => {
  const [one, two] = [await bind(), await bind()];
  const arrived = new Promise<[string, SipAddress]>((done) =>
    two.onMessage((data, from) => done([data.toString(), from])),
  );
  one.send(Buffer.from('hello'), two.local);
  expect(await arrived).toEqual(['hello', one.local]);
});

test('IPv6 works as well', async () => {
  const [one, two] = [await bind(0, '::1'), await bind(0, '::1')];
  const arrived = new Promise<SipAddress>((done) => two.onMessage((_, from) => done(from)));
  one.send(Buffer.from('hello'), two.local);
  expect(await arrived).toEqual({ host: '::1', port: one.local.port, protocol: 'UDP' });
});

test('a port that is taken is named, and no variable, which the package does not know', async () => {
  const { port } = (await bind()).local;
  await expect(bind(port)).rejects.toThrow(`UDP port ${port} on 127.0.0.1 is taken`);
  await expect(bind(port)).rejects.not.toThrow(/[A-Z]_[A-Z]/);
});

test('an address that this machine does not have is named', async () => {
  await expect(bind(0, '192.0.2.1')).rejects.toThrow('192.0.2.1: this machine has no such address');
});

test.each([
  ['a port that is none', { host: '127.0.0.1', port: 70_000 }],
  ['an address of the other family', { host: '::1', port: 5060 }],
])('sending to %s is an error of that datagram alone', async (_, to) => {
  const transport = await bind();
  const error = await new Promise<Error | null>((done) => transport.send(Buffer.from('x'), to, done));
  expect(error).toBeInstanceOf(Error);
});

test('sending after close is an error, not a crash', async () => {
  const transport = await bind();
  await transport.close();
  await transport.close();
  const error = await new Promise<Error | null>((done) =>
    transport.send(Buffer.from('x'), { host: '127.0.0.1', port: 9 }, done),
  );
  expect(error?.name).toBe('TransportError');
});

test('a probe learns that nobody listens, for everybody who asked', async () => {
  const transport = await bind();
  const dead = await deadAddress();
  const errors = await Promise.all(
    [1, 2].map(() => new Promise<NodeJS.ErrnoException>((done) => transport.probe?.(dead, done))),
  );
  expect(errors.map((error) => error.code)).toEqual(['ECONNREFUSED', 'ECONNREFUSED']);
});

test('a probe that may not even ask says so, and nothing breaks', async () => {
  const transport = await bind();
  const broadcast = { host: '255.255.255.255', port: 5060 };
  const error = await new Promise<NodeJS.ErrnoException>((done) => transport.probe?.(broadcast, done));
  expect(error.code).toMatch(/^E/);
});

test('a probe asks from the address that the transport listens on', async () => {
  const transport = await bind(0, '127.0.0.2');
  const asked = createSocket('udp4');
  asked.bind(0, '127.0.0.1');
  await once(asked, 'listening');
  transport.probe?.({ host: '127.0.0.1', port: asked.address().port }, () => {});
  const [, peer] = await once(asked, 'message');
  expect(peer.address).toBe('127.0.0.2');
  asked.close();
});
