import { beforeEach, describe, expect, test } from 'vitest';
import type { Refer } from './agent-call.js';
import type { IncomingCall } from './agent-incoming-call.js';
import { NOTHING_LEFT } from './testing/agent-bench.js';
import { createIncomingBench, type IncomingBench } from './testing/incoming-bench.js';

let bench: IncomingBench;
let refers: Refer[];

beforeEach(() => {
  bench = createIncomingBench();
  refers = [];
});

function talk(allowRefer = true): IncomingCall {
  const call = bench.invite();
  call.handlers.onRefer = (refer) => refers.push(refer);
  call.answer('answer', { allowRefer });
  bench.clock.advance(0);
  inDialog('ACK', 1);
  return call;
}

function inDialog(method: string, cseq: number, headers: string[] = []): void {
  bench.send(method, { branch: `z9hG4bK-${method}-${cseq}`, toTag: bench.localTag(), cseq, headers });
}

function refer(cseq = 2, headers: string[] = []): void {
  inDialog('REFER', cseq, ['Refer-To: <sip:+1777@example.com>', ...headers]);
}

/** State and body of each NOTIFY, the last of which is answered. */
function notifies(status = 200): string[] {
  bench.clock.advance(0);
  const all = bench.peer.requests('NOTIFY');
  const last = all.at(-1);
  if (last) bench.peer.reply(last, status);
  bench.clock.advance(0);
  return all.map(({ headers, body }) => `${headers.get('Subscription-State')} ${body.toString().trim()}`);
}

test('nobody places calls on our bill unless that is wanted', () => {
  talk(false);
  refer();
  expect(bench.peer.statuses('REFER')).toEqual([603]);
  expect(refers).toEqual([]);
});

test('nor before the call is answered, nor where nobody is told', () => {
  bench.invite().ring();
  bench.clock.advance(0);
  refer();
  expect(bench.peer.statuses('REFER')).toEqual([603]);
  bench = createIncomingBench();
  const call = talk();
  delete call.handlers.onRefer;
  refer();
  expect(bench.peer.statuses('REFER')).toEqual([603]);
});

test('nor does it send anything in our name that is no call', () => {
  talk();
  inDialog('REFER', 2, ['Refer-To: <sip:+1777@example.com;method=BYE>']);
  expect(bench.peer.statuses('REFER')).toEqual([403]);
  expect(refers).toEqual([]);
});

test('nor without end: eight at a time', () => {
  const call = talk();
  for (let cseq = 2; cseq < 22; cseq++) refer(cseq);
  expect(refers).toHaveLength(8);
  expect(bench.peer.statuses('REFER')).toEqual(Array.from({ length: 12 }, () => 603));
  refers[0]?.refuse();
  refer(22);
  expect(refers).toHaveLength(9);
  call.bye();
  expect(bench.rest()).toEqual(NOTHING_LEFT);
});

test('nor outside of a call', () => {
  bench.send('REFER', { headers: ['Refer-To: <sip:+1777@example.com>'] });
  expect(bench.peer.statuses('REFER')).toEqual([603]);
});

describe('a transfer', () => {
  test('is told with who asks for it, and may be refused', () => {
    talk();
    refer(2, ['Referred-By: "Bob" <sip:bob@example.com>']);
    expect(refers[0]).toMatchObject({ referTo: 'sip:+1777@example.com', referredBy: 'sip:bob@example.com' });
    expect(bench.peer.statuses('REFER')).toEqual([]);
    refers[0]?.refuse(403);
    refers[0]?.accept();
    bench.clock.advance(0);
    expect(bench.peer.statuses('REFER')).toEqual([403]);
    expect(bench.peer.requests('NOTIFY')).toEqual([]);
  });

  test('that is accepted is told about until its end, one word at a time', () => {
    talk();
    refer();
    const progress = refers[0]?.accept();
    bench.clock.advance(0);
    expect(bench.peer.statuses('REFER')).toEqual([202]);
    expect(bench.peer.responses('REFER')[0]?.headers.get('Contact')).toBe('<sip:203.0.113.1:5060>');
    const { headers } = bench.peer.last('NOTIFY');
    expect([headers.get('Event'), headers.get('Content-Type'), headers.get('Contact')]).toEqual([
      'refer;id=2',
      'message/sipfrag;version=2.0',
      '<sip:203.0.113.1:5060>',
    ]);
    progress?.notify(180, 'Ringing');
    progress?.notify(200, 'OK');
    progress?.notify(486, 'never told');
    expect(bench.peer.requests('NOTIFY')).toHaveLength(1);
    notifies();
    expect(notifies()).toEqual([
      'active;expires=180 SIP/2.0 100 Trying',
      'terminated;reason=noresource SIP/2.0 200 OK',
    ]);
  });

  test('with a line break in its reason is one line', () => {
    talk();
    refer();
    const progress = refers[0]?.accept();
    notifies();
    progress?.notify(486, 'Busy\r\nVia: evil');
    expect(notifies().at(-1)).toBe('terminated;reason=noresource SIP/2.0 486 Busy Via: evil');
  });

  test('of which nobody wants to hear is not told about', () => {
    talk();
    refer(2, ['Refer-Sub: false']);
    refers[0]?.accept().notify(200, 'OK');
    bench.clock.advance(0);
    expect(bench.peer.responses('REFER')[0]?.headers.get('Refer-Sub')).toBe('false');
    expect(bench.peer.requests('NOTIFY')).toEqual([]);
  });

  test.each([[481], [489]])('whose NOTIFY is answered %i is told no more, and the call goes on', (status) => {
    talk();
    refer();
    const progress = refers[0]?.accept();
    notifies(status);
    progress?.notify(200, 'OK');
    expect(notifies()).toHaveLength(1);
    expect(bench.ends).toEqual([]);
  });

  test('that has no end is told so in the end', () => {
    talk();
    refer();
    refers[0]?.accept();
    notifies();
    bench.clock.advance(180_000);
    expect(notifies().at(-1)).toBe('terminated;reason=timeout SIP/2.0 100 Trying');
  });

  test('that nobody decides about is refused', () => {
    talk();
    refer();
    bench.clock.advance(10_000);
    expect(bench.peer.statuses('REFER')).toEqual([603]);
  });

  test('ends with its call', () => {
    talk();
    for (const cseq of [2, 3]) refer(cseq);
    const progress = refers[0]?.accept();
    notifies();
    inDialog('BYE', 4);
    progress?.notify(200, 'OK');
    bench.clock.advance(0);
    expect(bench.peer.requests('NOTIFY')).toHaveLength(1);
    expect(bench.peer.statuses('REFER')).toEqual([202, 603]);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test.each([
    ['without a target', []],
    ['with two', ['Refer-To: <sip:a@b>', 'Refer-To: <sip:c@d>']],
    ['to nowhere', ['Refer-To: <']],
  ])('%s is 400', (_, headers) => {
    talk();
    inDialog('REFER', 2, headers);
    expect(bench.peer.statuses('REFER')).toEqual([400]);
    expect(refers).toEqual([]);
  });
});
