import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from './clock.js';
import { createVirtualClock } from './testing/virtual-clock.js';
import type { SipAddress, Transport } from './transport.js';
import { openTransports, type TransportsOptions } from './transport-open.js';

const open: { close(): unknown }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function openTcp(options: Partial<TransportsOptions> = {}, host = '127.0.0.1'): Promise<Transport> {
  const transport = await openTransports({ clock: systemClock, tcp: { host, port: 0 }, ...options });
  open.push(transport);
  return transport;
}

function listenAddress(transport: Transport): SipAddress {
  return transport.localOf('TCP') as SipAddress;
}

/** Everything that comes, and a way to wait for it. */
function listenTo(transport: Transport) {
  const came: { text: string; from: SipAddress }[] = [];
  let wake = (): void => {};
  transport.onMessage((data, from) => {
    came.push({ text: data.toString(), from });
    wake();
  });
  return {
    came,
    async next(count: number): Promise<{ text: string; from: SipAddress }[]> {
      while (came.length < count) await new Promise<void>((done) => (wake = done));
      return came;
    },
  };
}

async function dial(transport: Transport): Promise<Socket> {
  const { host, port } = listenAddress(transport);
  const socket = connect({ host, port });
  socket.on('error', () => {});
  open.push({ close: () => socket.destroy() });
  await once(socket, 'connect');
  return socket;
}

/** A server that is no SIP stack. */
async function listenRaw(onSocket: (socket: Socket) => void): Promise<{ server: Server; at: SipAddress }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  return { server, at: { host: '127.0.0.1', port: bound.port, protocol: 'TCP' } };
}

function sendTo(transport: Transport, to: SipAddress, text: string): Promise<Error | null> {
  return new Promise((done) => transport.send(Buffer.from(text), to, (error) => done(error)));
}

function message(name: string, body = ''): string {
  return `OPTIONS sip:${name} SIP/2.0\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** Whether by a farewell or not. */
function closed(socket: Socket): Promise<unknown> {
  return until(() => socket.closed);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((done) => setImmediate(done));
}

test.each(['127.0.0.1', '::1'])('messages go both ways over one connection at %s', async (host) => {
  const [near, far] = [await openTcp({}, host), await openTcp({}, host)];
  const [atNear, atFar] = [listenTo(near), listenTo(far)];
  near.send(Buffer.from(message('one', 'é')), listenAddress(far));
  near.send(Buffer.from(message('two')), listenAddress(far));
  const came = await atFar.next(2);
  expect(came.map(({ text }) => text)).toEqual([message('one', 'é'), message('two')]);
  expect(came[0]?.from).toEqual({
    host,
    port: expect.any(Number),
    protocol: 'TCP',
    connection: expect.any(String),
  });
  expect(came[1]?.from).toEqual(came[0]?.from);
  far.send(Buffer.from(message('answer')), came[0]?.from as SipAddress);
  const [answer] = await atNear.next(1);
  expect(answer?.from).toMatchObject(listenAddress(far));
  expect([near.counts().connections, far.counts().connections]).toEqual([1, 1]);
});

test('IPv4 and IPv6 reach a transport that listens on both, each under its own address', async () => {
  const far = await openTcp({ tcp: { host: '::', port: 0 }, udp: { host: '::', port: 0 } });
  const atFar = listenTo(far);
  const near = await openTcp({ udp: { host: '127.0.0.1', port: 0 } });
  for (const protocol of ['TCP', 'UDP'] as const)
    near.send(Buffer.from(message(protocol)), {
      ...(far.localOf(protocol) as SipAddress),
      host: '127.0.0.1',
    });
  const came = await atFar.next(2);
  expect(came.map(({ from }) => from.host)).toEqual(['127.0.0.1', '127.0.0.1']);
  const atNear = listenTo(near);
  for (const { from } of came) far.send(Buffer.from(message('answer')), from);
  await atNear.next(2);
});

test('a transport that speaks IPv6 alone is not there for IPv4', async () => {
  const far = await openTcp({
    tcp: { host: '::', port: 0, ipv6Only: true },
    udp: { host: '::', port: 0, ipv6Only: true },
  });
  const near = await openTcp();
  const at = { ...(far.localOf('TCP') as SipAddress), host: '127.0.0.1' };
  const error = await new Promise((sent) => near.send(Buffer.from(message('one')), at, sent));
  expect(error).toMatchObject({ message: expect.stringContaining('ECONNREFUSED') });
});

test('an address that nobody listens at is told to every sender that waits', async () => {
  const near = await openTcp();
  const { server, at } = await listenRaw(() => {});
  await new Promise((done) => server.close(done));
  const errors = await Promise.all([sendTo(near, at, 'one'), sendTo(near, at, 'two')]);
  expect(errors).toMatchObject([{ code: 'ECONNREFUSED' }, { code: 'ECONNREFUSED' }]);
  expect(near.counts()).toMatchObject({ connections: 0, failedConnections: 1 });
});

test.each([
  ['a port that is none', { host: '127.0.0.1', port: 70_000, protocol: 'TCP' }],
  ['an address of another family', { host: '::1', port: 5060, protocol: 'TCP' }],
  ['a protocol that is not spoken', { host: '127.0.0.1', port: 5060, protocol: 'TLS' }],
] as const)('%s is an error of that message alone', async (_, to) => {
  expect(await sendTo(await openTcp(), to, 'x')).toBeInstanceOf(Error);
});

test('sending after close is an error, not a crash', async () => {
  const near = await openTcp();
  await near.close();
  await near.close();
  expect(await sendTo(near, { host: '127.0.0.1', port: 9, protocol: 'TCP' }, 'x')).toMatchObject({
    name: 'TransportError',
  });
});

test('a port that is taken is named', async () => {
  const { port } = listenAddress(await openTcp());
  const tcp = { host: '127.0.0.1', port };
  await expect(openTcp({ tcp })).rejects.toThrow(`TCP port ${port} on 127.0.0.1 is taken`);
});

test('when one of several cannot be opened the others are closed again', async () => {
  const { port } = listenAddress(await openTcp());
  const udp = { host: '127.0.0.1', port };
  await expect(openTcp({ udp, tcp: udp })).rejects.toThrow('TCP port');
  await (await openTransports({ clock: systemClock, udp })).close();
});

test('a message that comes byte by byte is one, and two in one go are two', async () => {
  const far = await openTcp();
  const atFar = listenTo(far);
  const socket = await dial(far);
  socket.setNoDelay(true);
  for (const byte of message('slow', 'body')) socket.write(byte);
  socket.write(message('a') + message('b'));
  expect((await atFar.next(3)).map(({ text }) => text)).toEqual([
    message('slow', 'body'),
    message('a'),
    message('b'),
  ]);
});

test('a keep-alive is answered', async () => {
  const socket = await dial(await openTcp());
  socket.write('\r\n\r\n');
  const [answer] = await once(socket, 'data');
  expect(answer.toString()).toBe('\r\n');
});

test('a connection that is lost is told with its name, and the next message opens another', async () => {
  const near = await openTcp();
  const sockets: Socket[] = [];
  const { at } = await listenRaw((socket) => sockets.push(socket));
  const used = new Promise<string | undefined>((done) =>
    near.send(Buffer.from('x'), at, (_, connection) => done(connection)),
  );
  const lost = new Promise<string>((done) => near.onLost?.((connection) => done(connection)));
  await until(() => sockets.length === 1);
  const connection = await used;
  sockets[0]?.destroy();
  expect(await lost).toBe(connection);
  expect(await sendTo(near, at, 'again')).toBe(null);
  await until(() => sockets.length === 2);
});

test('what cannot be read ends its connection and is counted', async () => {
  const far = await openTcp();
  const socket = await dial(far);
  const faults: string[] = [];
  far.onUnreadable?.((error) => faults.push(error.message));
  socket.write('INVITE sip:x SIP/2.0\r\nVia: SIP/2.0/TCP x\r\n\r\n');
  await closed(socket);
  expect(faults).toHaveLength(1);
  expect(far.counts()).toMatchObject({ connections: 0, droppedMalformed: 1 });
});

test('a head without an end, and a message too large, end their connections', async () => {
  const far = await openTcp({ limits: { maxMessageBytes: 10_000 } });
  for (const junk of ['x'.repeat(20_000), 'INFO sip:x SIP/2.0\r\nContent-Length: 999999999\r\n\r\n']) {
    const socket = await dial(far);
    socket.write(junk);
    await closed(socket);
  }
  expect(far.counts()).toMatchObject({ connections: 0, droppedMalformed: 2 });
});

test('connections over the limit are closed at once, and their places are given back', async () => {
  const far = await openTcp({ limits: { maxConnectionsPerSource: 2 } });
  const kept = [await dial(far), await dial(far)];
  const third = await dial(far);
  await closed(third);
  expect(far.counts()).toMatchObject({ connections: 2, refusedConnections: 1 });
  kept[0]?.destroy();
  await until(() => far.counts().connections === 1);
  await dial(far);
  await until(() => far.counts().connections === 2);
});

test('a flood of connections is refused, and who is in is still served', async () => {
  const far = await openTcp({ limits: { maxConnectionsPerSource: 20 } });
  const atFar = listenTo(far);
  const { host, port } = listenAddress(far);
  const kept = await dial(far);
  const flood = Array.from({ length: 300 }, () => connect({ host, port }).on('error', () => {}));
  for (const socket of flood) open.push({ close: () => socket.destroy() });
  await until(() => far.counts().refusedConnections === 281);
  kept.write(message('still here'));
  expect((await atFar.next(1))[0]?.text).toBe(message('still here'));
  expect(far.counts().connections).toBe(20);
});

test('all connections together have a limit too, from both sides', async () => {
  const far = await openTcp({ limits: { maxConnections: 1 }, isTrusted: () => true });
  await dial(far);
  await closed(await dial(far));
  const near = await openTcp({ limits: { maxConnections: 1 } });
  const [one, other] = [await listenRaw(() => {}), await listenRaw(() => {})];
  expect(await sendTo(near, one.at, 'x')).toBe(null);
  expect(await sendTo(near, other.at, 'x')).toMatchObject({ name: 'TransportError' });
});

test('who says nothing, or never ends a message, is closed', async () => {
  const clock = createVirtualClock();
  const far = await openTcp({ clock });
  const [silent, slow] = [await dial(far), await dial(far)];
  const atFar = listenTo(far);
  slow.write(`${message('first')}INVITE sip:x`);
  await atFar.next(1);
  clock.advance(9000);
  slow.write('y');
  clock.advance(2000);
  await closed(slow);
  expect(far.counts().connections).toBe(1);
  clock.advance(30_000);
  await closed(silent);
  expect(far.counts()).toMatchObject({ connections: 0, droppedMalformed: 2 });
  expect(clock.pending()).toBe(0);
});

test('who does not read is closed, and does not cost more memory than it may', async () => {
  const clock = createVirtualClock();
  const near = await openTcp({ clock, limits: { maxSendBufferBytes: 100_000 } });
  const { at } = await listenRaw((socket) => socket.pause());
  const results: (Error | null)[] = [];
  const fill = Buffer.alloc(50_000, 'x');
  expect(await sendTo(near, at, 'first')).toBe(null);
  while (near.counts().droppedFull === 0) {
    near.send(fill, at, (error) => results.push(error));
    await new Promise((done) => setImmediate(done));
  }
  await until(() => results.some((error) => error !== null));
  clock.advance(32_000);
  await until(() => near.counts().connections === 0);
});

test('a connection of ours is kept alive while it is used, and ended when it is not', async () => {
  const clock = createVirtualClock();
  const near = await openTcp({ clock, limits: { idleMs: 250_000 } });
  const heard: string[] = [];
  let isEnded = false;
  const { at } = await listenRaw((socket) => {
    socket.on('data', (data) => heard.push(data.toString()));
    socket.on('close', () => (isEnded = true));
  });
  expect(await sendTo(near, at, 'x')).toBe(null);
  clock.advance(100_500);
  await until(() => heard.join('') === 'x\r\n\r\n');
  clock.advance(150_000);
  await until(() => isEnded);
  expect(near.counts().connections).toBe(0);
});

test('a connection on which a request was not answered is not used for the next, unless something was heard', async () => {
  const clock = createVirtualClock();
  const near = await openTcp({ clock });
  const sockets: Socket[] = [];
  const { at } = await listenRaw((socket) => sockets.push(socket.resume()));
  const send = (): Promise<string> =>
    new Promise((done) => near.send(Buffer.from('x'), at, (_, connection) => done(connection ?? '')));
  const first = await send();
  near.suspect?.(first, clock.nowMs());
  expect(await send()).toBe(first);
  clock.advance(10);
  near.suspect?.(first, clock.nowMs());
  const second = await send();
  expect(second).not.toBe(first);
  await until(() => sockets.length === 2);
  const answer = listenTo(near);
  sockets[0]?.write(message('late'));
  expect((await answer.next(1))[0]?.from.connection).toBe(first);
  clock.advance(65_000);
  await until(() => sockets[0]?.closed === true);
  expect(near.counts().connections).toBe(1);
});

test('a connection that does not open in time is given up', async () => {
  const clock = createVirtualClock();
  const near = await openTcp({ clock, tcp: { host: '0.0.0.0', port: null } });
  // An address of RFC 5737, where nobody answers; a machine without a network says so at once.
  const failed = sendTo(near, { host: '192.0.2.1', port: 5060, protocol: 'TCP' }, 'x');
  clock.advance(6000);
  expect(await failed).toBeInstanceOf(Error);
  expect(near.localOf('TCP')).toBe(null);
});

test('what a source sends too much of is dropped before it is read, and others are not hindered', async () => {
  const clock = createVirtualClock();
  const far = await openTcp({
    clock,
    udp: { host: '127.0.0.1', port: 0 },
    limits: { perSourcePerSecond: 5 },
  });
  const atFar = listenTo(far);
  const socket = await dial(far);
  socket.write(Array.from({ length: 30 }, () => message('flood')).join(''));
  await until(() => far.counts().droppedByRate === 20);
  expect(atFar.came).toHaveLength(10);
  const other = await openTcp({ udp: { host: '127.0.0.2', port: 0 } });
  other.send(Buffer.from(message('other')), far.localOf('UDP') as SipAddress);
  expect((await atFar.next(11)).at(-1)?.from.host).toBe('127.0.0.2');
});
