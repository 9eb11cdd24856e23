import { expect, test } from 'vitest';
import type { SipResponse } from './message.js';
import { SipHeaders } from './message-headers.js';
import { unwrapSdp } from './parse-multipart.js';

const SDP = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-';

function response(contentType: string, body: string): SipResponse {
  const headers = new SipHeaders().append('Content-Type', contentType);
  return { kind: 'response', status: 200, reason: 'OK', headers, body: Buffer.from(body, 'latin1') };
}

function unwrapped(contentType: string, body: string): [string | undefined, string] {
  const message = response(contentType, body);
  unwrapSdp(message);
  return [message.headers.get('Content-Type'), message.body.toString('latin1')];
}

const ISUP =
  'Content-Type: application/ISUP;version=itu-t92+\r\nContent-Disposition: signal;handling=optional\r\n\r\n\x01\x00\r\n\r\n\xff';

test.each([
  ['first', `--b1\r\nContent-Type: application/sdp\r\n\r\n${SDP}\r\n--b1\r\n${ISUP}\r\n--b1--\r\n`, 'b1'],
  [
    'behind ISUP',
    `--b1\r\n${ISUP}\r\n--b1\r\ncontent-TYPE : Application/SDP ;x=y\r\n\r\n${SDP}\r\n--b1--`,
    'b1',
  ],
  [
    'behind a preamble',
    `hello\r\n--b 1 \r\nX: y\r\nContent-Type:application/sdp\r\n\r\n${SDP}\r\n--b 1--`,
    '"b 1"',
  ],
])('the SDP of a multipart body is found: %s', (_, body, boundary) => {
  expect(unwrapped(`Multipart/Mixed;boundary=${boundary}`, body)).toEqual(['application/sdp', SDP]);
});

const whole = `--b1\r\nContent-Type: application/sdp\r\n\r\n${SDP}\r\n--b1--`;

test.each([
  ['plain SDP', 'application/sdp', SDP],
  ['no boundary', 'multipart/mixed', whole],
  ['an empty boundary', 'multipart/mixed;boundary=""', whole],
  ['broken parameters', 'multipart/mixed;;boundary=b1', whole],
  [
    'an endless boundary',
    `multipart/mixed;boundary=${'b'.repeat(71)}`,
    `--${'b'.repeat(71)}${whole.slice(4)}`,
  ],
  ['no end', 'multipart/mixed;boundary=b1', whole.slice(0, -6)],
  ['no SDP', 'multipart/mixed;boundary=b1', `--b1\r\n${ISUP}\r\n--b1--`],
  ['no empty line', 'multipart/mixed;boundary=b1', `--b1\r\nContent-Type: application/sdp\r\n--b1--`],
  ['a part of another kind', 'multipart/mixed;boundary=b1', whole.replace('/sdp', '/sdpx')],
  [
    'an encoded part',
    'multipart/mixed;boundary=b1',
    whole.replace('\r\n\r\n', '\r\nContent-Transfer-Encoding: base64\r\n\r\n'),
  ],
])('a body with %s stays as it is', (_, contentType, body) => {
  expect(unwrapped(contentType, body)).toEqual([contentType, body]);
});

test('SDP behind more parts than anybody sends is not looked for', () => {
  const body = `${'--b1\r\nX: y\r\n\r\n\r\n'.repeat(8)}${whole}`;
  expect(unwrapped('multipart/mixed;boundary=b1', body)).toEqual(['multipart/mixed;boundary=b1', body]);
});
