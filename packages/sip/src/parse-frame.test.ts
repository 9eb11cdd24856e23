import { describe, expect, it } from 'vitest';
import { SipParseError } from './errors.js';
import { createFramer, type FramedItem, type Framer } from './parse-frame.js';
import { parseMessage } from './parse-message.js';

const MAX_BYTES = 65_536;

function request(
  body = '',
  { lines = [`Content-Length: ${Buffer.byteLength(body)}`], method = 'INFO' } = {},
): Buffer {
  const head = [
    `${method} sip:b@example.com SIP/2.0`,
    'Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1',
    'From: <sip:a@example.com>;tag=a',
    'To: <sip:b@example.com>;tag=b',
    'Call-ID: x',
    `CSeq: 1 ${method}`,
    ...lines,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function framer(maxBytes = MAX_BYTES): Framer {
  return createFramer({ maxBytes });
}

function message(data: Buffer): FramedItem {
  return { kind: 'message', data };
}

function faultOf(data: Buffer, maxBytes?: number): SipParseError {
  const frames = framer(maxBytes);
  try {
    frames.push(data);
  } catch (error) {
    expect(frames.fault).toBe(error);
    expect(() => frames.push(request())).toThrow(frames.fault ?? undefined);
    if (error instanceof SipParseError) return error;
    throw error;
  }
  throw new Error('no fault');
}

describe('a stream', () => {
  it('is cut the same however it is chunked, with bodies in bytes that look like messages', () => {
    const one = request('é — \r\n\r\nINFO sip:x SIP/2.0\r\n\r\n');
    const two = request('', { lines: ['l:', '  0'] });
    const three = request(`${'x'.repeat(9000)}\0\r\n`, { lines: ['X: y', 'cONTENT-lENGTH \t: 009003 '] });
    const stream = Buffer.concat([one, two, three, one]);
    const wanted = [one, two, three, one].map(message);
    for (const size of [1, 2, 3, 7, 100, 1000, 4096, stream.length]) {
      const frames = framer();
      const items: FramedItem[] = [];
      for (let at = 0; at < stream.length; at += size) {
        items.push(...frames.push(Buffer.from(stream.subarray(at, at + size))));
      }
      expect(items).toEqual(wanted);
      expect(frames.pendingBytes).toBe(0);
    }
    for (const { data } of wanted as { data: Buffer }[]) expect(parseMessage(data).kind).toBe('request');
  });

  it('gives what came before it holds the beginning of the next', () => {
    const frames = framer();
    const data = request('abc');
    expect(frames.push(Buffer.concat([data, data.subarray(0, 50)]))).toEqual([message(data)]);
    expect(frames.pendingBytes).toBe(50);
    expect(frames.push(Buffer.alloc(0))).toEqual([]);
    expect(frames.push(Buffer.concat([data.subarray(50), data, data.subarray(0, 1)]))).toEqual([
      message(data),
      message(data),
    ]);
    expect(frames.pendingBytes).toBe(1);
  });

  it('tells keep-alives between messages, those in a row once', () => {
    const frames = framer();
    const data = request();
    const breaks = (text: string) => frames.push(Buffer.from(text)).map(({ kind }) => kind);
    expect(breaks('\r\n\r\n')).toEqual(['ping']);
    expect(breaks('\r\n')).toEqual(['pong']);
    expect(breaks('\r\n')).toEqual(['pong']);
    expect(breaks('\r\n\r\n'.repeat(1000))).toEqual(['ping']);
    expect(breaks('\r\n\r')).toEqual([]);
    expect(breaks('\n')).toEqual(['ping']);
    expect(breaks('\r')).toEqual([]);
    expect(breaks('\n')).toEqual(['pong']);
    const mixed = Buffer.concat([Buffer.from('\r\n'), data, Buffer.from('\r\n\r\n'), data]);
    expect(frames.push(mixed)).toEqual([{ kind: 'pong' }, message(data), { kind: 'ping' }, message(data)]);
  });

  it('never writes again into what it gave', () => {
    const frames = framer();
    const data = request('first');
    frames.push(data.subarray(0, 10));
    const [item] = frames.push(Buffer.concat([data.subarray(10), data.subarray(0, 100)]));
    frames.push(Buffer.alloc(5000, 0x78));
    expect(item).toEqual(message(data));
  });

  it('costs no more than its bytes when they come one by one', () => {
    const data = request('x'.repeat(60_000));
    const frames = framer();
    const begin = process.cpuUsage();
    let items = 0;
    for (let at = 0; at < data.length; at++) items += frames.push(data.subarray(at, at + 1)).length;
    expect(items).toBe(1);
    expect(process.cpuUsage(begin).user).toBeLessThan(1_000_000);
  });
});

describe('a stream that cannot be read further', () => {
  it.each([
    ['no Content-Length', []],
    ['a negative one', ['Content-Length: -1']],
    ['one of letters', ['Content-Length: many']],
    ['an empty one', ['Content-Length:']],
    ['two of them, though equal', ['Content-Length: 0', 'l: 0']],
    ['one that is only in another header', ['X: y\rContent-Length: 0']],
  ])('has %s: the request can still be answered 400', (_, lines) => {
    expect(faultOf(request('', { lines }))).toMatchObject({ status: 400, request: { method: 'INFO' } });
  });

  it('has a Content-Length beyond the limit, without waiting for it', () => {
    for (const length of ['65536', '4294967296', '9'.repeat(400)]) {
      const status = faultOf(request('', { lines: [`Content-Length: ${length}`] })).status;
      expect(status).toBe(length.length < 400 ? 513 : 400);
    }
  });

  it('has a response, or an ACK, that nobody answers', () => {
    expect(faultOf(request('', { lines: [], method: 'ACK' }))).toMatchObject({ status: null, request: null });
  });

  it('has a head without an end: so many bytes are held and no more', () => {
    const frames = framer(8192);
    const pushAll = () => {
      for (let sent = 0; sent < 100_000; sent += 1000) {
        frames.push(Buffer.alloc(1000, 0x61));
        expect(frames.pendingBytes).toBeLessThanOrEqual(8192);
      }
    };
    expect(pushAll).toThrow(SipParseError);
    expect(frames.pendingBytes).toBe(0);
    expect(faultOf(Buffer.alloc(8193, 0x0d), 8192).status).toBeNull();
  });

  it('gives first what was whole before the fault', () => {
    const frames = framer();
    const good = request();
    const bad = request('', { lines: [] });
    expect(frames.push(Buffer.concat([good, bad, good]))).toEqual([message(good)]);
    expect(frames.fault?.status).toBe(400);
    expect(() => frames.push(good)).toThrow(SipParseError);
  });

  it('may hold the largest message that is allowed', () => {
    const data = request('x'.repeat(1000));
    const frames = framer(data.length);
    expect(frames.push(data)).toEqual([message(data)]);
    expect(() => framer(data.length - 1).push(data)).toThrow('Message Too Large');
  });
});
