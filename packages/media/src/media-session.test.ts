import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { MediaError, MediaSocketError, NoPortError } from './errors.js';
import { createMediaClock, type MediaClock, type OnTick } from './media-clock.js';
import { type MediaSession, type MediaSessionOptions, openMediaSession } from './media-session.js';
import { createPortPool, type PortPool } from './port-pool.js';
import { parseRtpPacket, type RtpPacket, writeRtpHeader } from './rtp/rtp-packet.js';

const DEADLINE_MS = 5_000;
/** RTCP (RFC 3550 §6.4.2), as it comes on the RTP port from those who multiplex. */
const RECEIVER_REPORT = Buffer.from('80c9000100000007', 'hex');
const ends: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** Ticks when told. */
function createManualClock(): MediaClock & { tick: OnTick; listeners(): number } {
  const listeners = new Set<OnTick>();
  return {
    add(onTick) {
      listeners.add(onTick);
      return { remove: () => void listeners.delete(onTick) };
    },
    stop: () => listeners.clear(),
    lateness: () => ({ lastMs: 0, maxMs: 0 }),
    tick: (...due) => listeners.forEach((onTick) => void onTick(...due)),
    listeners: () => listeners.size,
  };
}

async function open(options: Partial<MediaSessionOptions> = {}) {
  const clock = createManualClock();
  const ports = createPortPool({ from: 30_000, to: 39_999 });
  const session = await openMediaSession({
    ports,
    clock,
    bindHost: '127.0.0.1',
    publicHost: '127.0.0.1',
    ...options,
  });
  ends.push(() => session.close());
  return { session, clock, ports };
}

/** A far end that keeps what it receives. */
async function createPeer(type: 'udp4' | 'udp6' = 'udp4') {
  const host = type === 'udp4' ? '127.0.0.1' : '::1';
  const socket = createSocket(type);
  const packets: RtpPacket[] = [];
  socket.on('message', (data) => packets.push(parseRtpPacket(data) as RtpPacket));
  socket.bind(0, host);
  await once(socket, 'listening');
  ends.push(() => new Promise((closed) => socket.close(closed)));
  const { port } = socket.address() as AddressInfo;
  const family = type === 'udp4' ? 'IP4' : 'IP6';
  const sdp = (lines = '') =>
    `v=0\r\no=- 1 1 IN ${family} ${host}\r\ns=-\r\nc=IN ${family} ${host}\r\nt=0 0\r\nm=audio ${port} RTP/AVP 8\r\n${lines}`;
  const send = (to: number, fields: { sequenceNumber: number; payloadType?: number; ssrc?: number }) => {
    const packet = Buffer.alloc(172, 0xd5);
    writeRtpHeader(packet, { marker: false, payloadType: 8, timestamp: 0, ssrc: 7, ...fields });
    socket.send(packet, to, host);
  };
  return { packets, sdp, send, sendRaw: (data: Buffer, to: number) => socket.send(data, to, host) };
}

async function until(isTrue: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + DEADLINE_MS;
  while (!isTrue()) {
    if (performance.now() > deadlineMs) throw new Error(`not within ${DEADLINE_MS} ms: ${isTrue}`);
    await new Promise((next) => setTimeout(next, 2));
  }
}

test('sends silence of the agreed codec to where the answer says, once it is started', async () => {
  const { session, clock } = await open();
  const peer = await createPeer();
  expect(session.offer()).toContain(`m=audio ${session.port} RTP/AVP 0 8 101`);
  session.start();
  session.start();
  clock.tick(1, 0);
  session.acceptAnswer(peer.sdp());
  clock.tick(2, 0);
  await until(() => peer.packets.length === 2);
  expect(peer.packets[0]).toMatchObject({ marker: true, payloadType: 8, payload: Buffer.alloc(160, 0xd5) });
  await until(() => session.counters().sentPackets === 2);
});

test('counts what comes, also before the answer, and what is missing', async () => {
  const { session } = await open();
  const peer = await createPeer();
  peer.send(session.port, { sequenceNumber: 10 });
  await until(() => session.counters().receivedPackets === 1);
  session.acceptAnswer(peer.sdp());
  for (const sequenceNumber of [11, 14]) peer.send(session.port, { sequenceNumber });
  await until(() => session.counters().receivedPackets === 3);
  expect(session.counters()).toEqual({ sentPackets: 0, receivedPackets: 3, lostPackets: 2 });
});

test('ignores what is no RTP, or of a payload type that nobody spoke of', async () => {
  const { session } = await open();
  const peer = await createPeer();
  session.acceptAnswer(peer.sdp());
  for (const data of [Buffer.alloc(0), Buffer.from('hello'), RECEIVER_REPORT, Buffer.alloc(1400, 0xbf)])
    peer.sendRaw(data, session.port);
  peer.send(session.port, { sequenceNumber: 1, payloadType: 33 });
  peer.send(session.port, { sequenceNumber: 2 });
  await until(() => session.counters().receivedPackets > 0);
  expect(session.counters().receivedPackets).toBe(1);
});

test('sends to the port that packets come from, and drops those of others', async () => {
  const { session, clock } = await open();
  const [signalled, behindNat, late] = [await createPeer(), await createPeer(), await createPeer()];
  session.acceptAnswer(signalled.sdp());
  session.start();
  behindNat.send(session.port, { sequenceNumber: 1 });
  await until(() => session.counters().receivedPackets === 1);
  late.send(session.port, { sequenceNumber: 2 });
  behindNat.send(session.port, { sequenceNumber: 3 });
  await until(() => session.counters().receivedPackets === 2);
  clock.tick(1, 0);
  await until(() => behindNat.packets.length === 1);
  expect([signalled.packets.length, late.packets.length]).toEqual([0, 0]);
});

test('is quiet on hold and goes on after it', async () => {
  const { session, clock } = await open();
  const peer = await createPeer();
  session.acceptAnswer(peer.sdp());
  session.start();
  clock.tick(1, 0);
  expect(session.answer(peer.sdp('a=sendonly\r\n'))).toContain('a=recvonly\r\n');
  clock.tick(3, 0);
  expect(session.answer(peer.sdp('c=IN IP4 0.0.0.0\r\n'))).toContain('a=recvonly\r\n');
  clock.tick(1, 0);
  expect(session.answer(peer.sdp())).toContain('a=sendrecv\r\n');
  clock.tick(1, 0);
  await until(() => peer.packets.length === 2);
  const [before, after] = peer.packets as [RtpPacket, RtpPacket];
  expect(after.marker).toBe(true);
  expect((after.timestamp - before.timestamp) >>> 0).toBe(5 * 160);
});

test('follows a re-INVITE to another address', async () => {
  const { session, clock } = await open();
  const [first, second] = [await createPeer(), await createPeer()];
  session.acceptAnswer(first.sdp());
  session.start();
  session.answer(second.sdp());
  clock.tick(1, 0);
  await until(() => second.packets.length === 1);
  expect(first.packets).toHaveLength(0);
});

test('is untouched by SDP that it refuses', async () => {
  const { session, clock } = await open();
  const peer = await createPeer();
  session.acceptAnswer(peer.sdp());
  session.start();
  expect(() => session.answer('junk')).toThrow(MediaError);
  expect(() => session.acceptAnswer(peer.sdp('c=IN IP4 224.0.0.1\r\n'))).toThrow(MediaError);
  clock.tick(1, 0);
  await until(() => peer.packets.length === 1);
});

test('gives its own offer to an offerless INVITE', async () => {
  const { session } = await open();
  expect(session.answer('')).toBe(session.offer());
});

test('works over IPv6', async () => {
  const { session, clock } = await open({ bindHost: '::1', publicHost: '::1' });
  const peer = await createPeer('udp6');
  expect(session.answer(peer.sdp())).toContain('c=IN IP6 ::1\r\n');
  session.start();
  clock.tick(1, 0);
  peer.send(session.port, { sequenceNumber: 1 });
  await until(() => peer.packets.length === 1 && session.counters().receivedPackets === 1);
});

test('tells a send error once, not with every packet, and lives on', async () => {
  const errors: Error[] = [];
  const { session, clock } = await open({ onError: (error) => errors.push(error) });
  const peer = await createPeer();
  // From a loopback address there is no way to a public one.
  session.acceptAnswer(peer.sdp('c=IN IP4 192.0.2.1\r\n'));
  session.start();
  for (let n = 0; n < 5; n += 1) clock.tick(1, 0);
  await until(() => errors.length > 0);
  session.answer(peer.sdp());
  clock.tick(1, 0);
  await until(() => peer.packets.length === 1);
  expect(errors).toHaveLength(1);
});

test('passes over ports that another program holds, and says so when there is none left', async () => {
  const { session } = await open();
  const from = session.port;
  const ports = createPortPool({ from, to: from + 1 });
  await expect(open({ ports })).rejects.toThrow(NoPortError);

  const offered = [from, from, createPortPool({ from: 30_000, to: 39_999 }).take()];
  const picky: PortPool = {
    take: () => offered.shift() ?? null,
    giveBack: () => undefined,
    free: () => offered.length,
    total: () => 3,
  };
  const other = await open({ ports: picky });
  expect(other.session.port).not.toBe(from);
});

test.each([
  ['203.0.113.1', '203.0.113.1'],
  ['127.0.0.1', '::1'],
])('says at once when there can be no socket on %s for %s', async (bindHost, publicHost) => {
  const ports = createPortPool({ from: 30_000, to: 39_999 });
  await expect(open({ ports, bindHost, publicHost })).rejects.toThrow(MediaSocketError);
  expect(ports.free()).toBeGreaterThanOrEqual(ports.total() - 1);
});

test('gives its port back when it is closed, once, and is still then', async () => {
  let nowMs = 0;
  const ports = createPortPool({ from: 30_000, to: 39_999, nowMs: () => nowMs });
  const { session, clock } = await open({ ports });
  const peer = await createPeer();
  session.acceptAnswer(peer.sdp());
  session.start();
  clock.tick(1, 0);
  await session.close();
  await session.close();
  session.start();
  expect(clock.listeners()).toBe(0);
  expect(ports.free()).toBe(ports.total() - 1);
  nowMs = 5_000;
  expect(ports.free()).toBe(ports.total());
  const again = createPortPool({ from: session.port, to: session.port + 1 });
  expect((await open({ ports: again })).session.port).toBe(session.port);
});

test('hundreds open and close at the same time', async () => {
  const ports = createPortPool({ from: 30_000, to: 39_999 });
  const sessions: MediaSession[] = (
    await Promise.all(Array.from({ length: 300 }, () => open({ ports })))
  ).map(({ session }) => session);
  expect(new Set(sessions.map(({ port }) => port)).size).toBe(300);
  await Promise.all(sessions.map((session) => session.close()));
});

test('two sessions talk to each other by the real clock', async () => {
  const clock = createMediaClock();
  ends.push(() => clock.stop());
  const [{ session: caller }, { session: callee }] = [await open({ clock }), await open({ clock })];
  caller.acceptAnswer(callee.answer(caller.offer()));
  caller.start();
  callee.start();
  await until(() => [caller, callee].every((side) => side.counters().receivedPackets >= 5));
  expect(caller.counters().lostPackets).toBe(0);
});
