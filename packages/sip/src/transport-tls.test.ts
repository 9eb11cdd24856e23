import { connect as connectTcp, type Socket } from 'node:net';
import { connect } from 'node:tls';
import { afterAll, afterEach, expect, test } from 'vitest';
import { systemClock } from './clock.js';
import { createTestAuthority } from './testing/make-certificates.js';
import type { SipAddress, Transport } from './transport.js';
import { openTransports, type TransportsOptions } from './transport-open.js';

const authority = createTestAuthority();
const stranger = createTestAuthority();
const open: Transport[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((transport) => transport.close()));
});

afterAll(() => {
  authority?.close();
  stranger?.close();
});

/** Certificates are made by openssl: without it none of this can be tested. */
const withOpenssl = test.skipIf(authority === null || stranger === null);

function issue(...names: string[]) {
  if (!authority) throw new Error('openssl is not installed');
  return { ...authority.issue(...names), ca: authority.ca };
}

async function openTls(tls: Partial<TransportsOptions['tls']>, more: Partial<TransportsOptions> = {}) {
  const transport = await openTransports({
    clock: systemClock,
    tls: { host: '127.0.0.1', port: 0, ...tls },
    ...more,
  });
  open.push(transport);
  return transport;
}

function listenAddress(transport: Transport): SipAddress {
  return transport.localOf('TLS') as SipAddress;
}

/** Only opens connections, and believes the test's authority. */
function openClient(): Promise<Transport> {
  return openTls({ port: null, ca: authority?.ca ?? '' });
}

function sendTo(transport: Transport, to: SipAddress, text = MESSAGE): Promise<Error | null> {
  return new Promise((done) => transport.send(Buffer.from(text), to, (error) => done(error)));
}

function nextMessage(transport: Transport): Promise<{ text: string; from: SipAddress }> {
  return new Promise((done) => transport.onMessage((data, from) => done({ text: data.toString(), from })));
}

const MESSAGE = 'OPTIONS sip:x SIP/2.0\r\nContent-Length: 0\r\n\r\n';

withOpenssl.each(['127.0.0.1', '::1'])(
  'messages go both ways under the name that was asked for, at %s',
  async (host) => {
    const far = await openTls({ host, ...issue('DNS:trunk.example.com') });
    const near = await openTls({ host, port: null, ca: authority?.ca ?? '' });
    const came = nextMessage(far);
    const to = { ...listenAddress(far), serverName: 'trunk.example.com' };
    expect(await sendTo(near, to)).toBe(null);
    const { text, from } = await came;
    expect(text).toBe(MESSAGE);
    expect(from).toMatchObject({ host, protocol: 'TLS', connection: expect.any(String) });
    const answer = nextMessage(near);
    far.send(Buffer.from(MESSAGE), from);
    expect((await answer).from).toMatchObject(to);
    expect([near.counts().connections, far.counts().connections]).toEqual([1, 1]);
  },
);

withOpenssl.each([
  ['another name', ['DNS:other.example.com'], 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['a SIP URI of another name', ['URI:sip:other.example.com'], 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['the name as a part of another', ['DNS:trunk.example.com.evil.example'], 'ERR_TLS_CERT_ALTNAME_INVALID'],
])('a server that shows a certificate for %s hears nothing', async (_, names, code) => {
  const far = await openTls(issue(...names));
  let heard = 0;
  far.onMessage(() => (heard += 1));
  const near = await openClient();
  const to = { ...listenAddress(far), serverName: 'trunk.example.com' };
  expect(await sendTo(near, to)).toMatchObject({ code });
  expect(near.counts()).toMatchObject({ connections: 0, failedConnections: 1 });
  expect(heard).toBe(0);
});

withOpenssl.each([
  ['a SIP URI', ['URI:sip:trunk.example.com'], 'trunk.example.com'],
  ['a name in other letters', ['DNS:Trunk.example.com'], 'trunk.EXAMPLE.com'],
  ['one of several', ['DNS:a.example.com', 'DNS:trunk.example.com'], 'trunk.example.com'],
  ['a whole domain', ['DNS:*.example.com'], 'trunk.example.com'],
])('a certificate for %s is good', async (_, names, serverName) => {
  const far = await openTls(issue(...names));
  expect(await sendTo(await openClient(), { ...listenAddress(far), serverName })).toBe(null);
});

withOpenssl('without a name the certificate must be for the address', async () => {
  const [good, bad] = [await openTls(issue('IP:127.0.0.1')), await openTls(issue('DNS:example.com'))];
  const near = await openClient();
  expect(await sendTo(near, listenAddress(good))).toBe(null);
  expect(await sendTo(near, listenAddress(bad))).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
});

withOpenssl('an authority that nobody knows is not believed', async () => {
  const far = await openTls(stranger?.issue('DNS:trunk.example.com') ?? {});
  const to = { ...listenAddress(far), serverName: 'trunk.example.com' };
  expect(await sendTo(await openClient(), to)).toMatchObject({
    code: expect.stringMatching(/VERIFY|SELF_SIGNED|ISSUER/),
  });
});

withOpenssl('one address under two names has two connections', async () => {
  const far = await openTls(issue('DNS:a.example.com', 'DNS:b.example.com'));
  const near = await openClient();
  for (const serverName of ['a.example.com', 'b.example.com', 'A.example.com'])
    expect(await sendTo(near, { ...listenAddress(far), serverName })).toBe(null);
  expect(near.counts().connections).toBe(2);
});

withOpenssl('who does not shake hands is closed, counted, and has had no place for long', async () => {
  const far = await openTls(issue('DNS:a'), { limits: { connectMs: 200, maxConnectionsPerSource: 1 } });
  const { host, port } = listenAddress(far);
  const dial = (): Socket => connectTcp({ host, port }).on('error', () => {});
  const silent = dial();
  await new Promise((done) => silent.once('close', done));
  const plain = dial();
  plain.write('INVITE sip:x SIP/2.0\r\n\r\n');
  await new Promise((done) => plain.once('close', done));
  expect(far.counts()).toMatchObject({ failedConnections: 2, connections: 0 });
  await new Promise<void>((done) => {
    const socket = connect({ host, port, rejectUnauthorized: false }, () => {
      socket.destroy();
      done();
    });
  });
});

withOpenssl('old versions of TLS are refused', async () => {
  const far = await openTls(issue('DNS:a'));
  const { host, port } = listenAddress(far);
  const socket = connect({
    host,
    port,
    rejectUnauthorized: false,
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
  });
  const error = await new Promise((done) => socket.once('error', done));
  expect(error).toBeInstanceOf(Error);
});

test('to listen it needs a certificate, and one that can be read', async () => {
  await expect(openTls({})).rejects.toThrow('needs a key and a certificate');
  await expect(openTls({ key: 'x', cert: 'y' })).rejects.toThrow('cannot be read');
});
