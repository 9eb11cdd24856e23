import { expect, test } from 'vitest';
import { parseRtpPacket, type RtpPacket } from './rtp-packet.js';
import { RtpSender } from './rtp-sender.js';

const TARGET = { host: '192.0.2.1', port: 4000 };

function createSender(answer: 'at once' | 'never' | Error = 'at once') {
  const packets: RtpPacket[] = [];
  const errors: Error[] = [];
  const buffers = new Set<number>();
  const sender = new RtpSender(
    (packet, _to, done) => {
      const copy = parseRtpPacket(Buffer.from(packet));
      if (copy) packets.push(copy);
      buffers.add(packet.byteOffset);
      if (answer !== 'never') done(answer === 'at once' ? null : answer);
    },
    (error) => errors.push(error),
  );
  return { sender, packets, errors, buffers };
}

test('sends one packet of silence a frame, numbered and timed on, the first one marked', () => {
  const { sender, packets, buffers } = createSender();
  for (let n = 0; n < 3; n += 1) sender.advance(1, 0, TARGET);
  const [first] = packets;
  if (!first) throw new Error('nothing was sent');
  expect(packets).toHaveLength(3);
  packets.forEach((packet, n) => {
    expect(packet.marker).toBe(n === 0);
    expect(packet.sequenceNumber).toBe((first.sequenceNumber + n) & 0xffff);
    expect(packet.timestamp).toBe((first.timestamp + n * 160) >>> 0);
    expect(packet.ssrc).toBe(first.ssrc);
    expect(packet.payload).toEqual(Buffer.alloc(160, 0xff));
  });
  expect(sender.sentPackets).toBe(3);
  expect(buffers.size).toBe(1);
});

test('uses the payload type, the silence and the packet length that were agreed', () => {
  const { sender, packets } = createSender();
  sender.use({ payloadType: 8, silence: 0xd5, packetMs: 30 });
  for (let n = 0; n < 6; n += 1) sender.advance(1, 0, TARGET);
  expect(packets.map(({ payload }) => payload)).toEqual(Array(4).fill(Buffer.alloc(240, 0xd5)));
  expect(packets.map(({ payloadType }) => payloadType)).toEqual([8, 8, 8, 8]);
  sender.use({ payloadType: 8, silence: 0xd5, packetMs: 10 });
  sender.advance(1, 0, TARGET);
  expect(packets).toHaveLength(6);
});

test('lets the timestamp go on while nobody wants packets, and marks the next one', () => {
  const { sender, packets } = createSender();
  sender.advance(1, 0, TARGET);
  sender.advance(5, 0, null);
  sender.advance(1, 2, TARGET);
  const [before, after] = packets;
  if (!before || !after) throw new Error('nothing was sent');
  expect((after.timestamp - before.timestamp) >>> 0).toBe(8 * 160);
  expect((after.sequenceNumber - before.sequenceNumber) & 0xffff).toBe(1);
  expect(after.marker).toBe(true);
});

test('never writes to a buffer that the socket still has, and takes no more than 16', () => {
  const { sender, packets } = createSender('never');
  for (let n = 0; n < 40; n += 1) sender.advance(1, 0, TARGET);
  expect(packets).toHaveLength(16);
  expect(sender.sentPackets).toBe(0);
});

test('counts no packet that failed', () => {
  const { sender, errors } = createSender(new Error('ENETUNREACH'));
  sender.advance(2, 0, TARGET);
  expect(sender.sentPackets).toBe(0);
  expect(errors).toHaveLength(2);
});

test('two senders do not begin alike', () => {
  const [a, b] = [createSender(), createSender()];
  a.sender.advance(1, 0, TARGET);
  b.sender.advance(1, 0, TARGET);
  expect(a.packets[0]?.ssrc).not.toBe(b.packets[0]?.ssrc);
});
