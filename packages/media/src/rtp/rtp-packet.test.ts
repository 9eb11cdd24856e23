import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRtpPacket, RTP_HEADER_BYTES, writeRtpHeader } from './rtp-packet.js';

const header = '80 88 00 01 00 00 00 a0 de ad be ef';

function parseHex(hex: string) {
  return parseRtpPacket(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

test('a packet written in hex is read field by field', () => {
  expect(parseHex(`${header} d5 d5`)).toEqual({
    marker: true,
    payloadType: 8,
    sequenceNumber: 1,
    timestamp: 160,
    ssrc: 0xdeadbeef,
    payload: Buffer.from([0xd5, 0xd5]),
  });
});

test('what is written is what is read', () => {
  const headers = fc.record({
    marker: fc.boolean(),
    payloadType: fc.integer({ min: 0, max: 127 }),
    sequenceNumber: fc.integer({ min: 0, max: 0xffff }),
    timestamp: fc.integer({ min: 0, max: 0xffffffff }),
    ssrc: fc.integer({ min: 0, max: 0xffffffff }),
  });
  fc.assert(
    fc.property(headers, fc.uint8Array({ maxLength: 200 }), (fields, payload) => {
      const packet = Buffer.concat([Buffer.alloc(RTP_HEADER_BYTES, 0xff), payload]);
      writeRtpHeader(packet, fields);
      expect(parseRtpPacket(packet)).toEqual({ ...fields, payload: Buffer.from(payload) });
    }),
  );
});

test('contributing sources, extension and padding are not payload', () => {
  const sources = '11 11 11 11 22 22 22 22';
  const extension = 'be de 00 01 aa aa aa aa';
  const packet = parseHex(`b2${header.slice(2)} ${sources} ${extension} 01 02 00 00 03`);
  expect(packet?.payload).toEqual(Buffer.from([1, 2]));
});

test.each([
  ['nothing', ''],
  ['11 bytes', header.slice(0, -3)],
  ['version 1', `40${header.slice(2)}`],
  ['more contributing sources than bytes', `8f${header.slice(2)} 00 00`],
  ['an extension without its head', `90${header.slice(2)} be de`],
  ['an extension longer than the packet', `90${header.slice(2)} be de ff ff 00 00 00 00`],
  ['padding of 0 bytes', `a0${header.slice(2)} 01 00`],
  ['padding longer than the payload', `a0${header.slice(2)} 01 03`],
  ['a STUN request', '00 01 00 00 21 12 a4 42 00 00 00 00 00 00 00 00 00 00 00 00'],
])('%s is no RTP packet', (_, hex) => {
  expect(parseHex(hex)).toBeNull();
});

test('no bytes at all make it throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      parseRtpPacket(Buffer.from(bytes));
    }),
  );
});
