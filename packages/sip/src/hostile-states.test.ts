import { describe, expect, test } from 'vitest';
import type { IncomingCall } from './agent-incoming-call.js';
import { SipParseError } from './errors.js';
import {
  type AgentBench,
  createAgentBench,
  NOTHING_LEFT,
  OFFER,
  placeWatchedCall,
  type WatchedCall,
} from './testing/agent-bench.js';
import { createIncomingBench, type IncomingBench, type RequestParts } from './testing/incoming-bench.js';

const HOUR_MS = 3_600_000;

/** Everything that a far end may say in a dialog, whether it makes sense or not. */
const METHODS = [
  ...['INVITE', 'ACK', 'CANCEL', 'BYE', 'PRACK', 'UPDATE', 'INFO', 'REFER', 'NOTIFY', 'OPTIONS'],
  ...['REGISTER', 'SUBSCRIBE', 'MESSAGE', 'PUBLISH', 'FOO'],
] as const;

const REFER = 'Refer-To: <sip:1900@192.0.2.66>';

interface InState {
  name: string;
  /** The peer's INVITE says this too. */
  headers?: string[];
  reach(bench: IncomingBench, call: IncomingCall): void;
}

const acked = (bench: IncomingBench, call: IncomingCall): void => {
  call.answer(OFFER, { allowRefer: true, sessionExpiresSeconds: 90 });
  bench.clock.advance(0);
  bench.send('ACK', { branch: 'z9hG4bKack', toTag: bench.localTag() });
};

const IN_STATES: readonly InState[] = [
  { name: 'trying', reach: () => {} },
  { name: 'ringing', reach: (_, call) => call.ring() },
  {
    name: 'ringing reliably',
    headers: ['Supported: 100rel'],
    reach: (_, call) => call.ring({ status: 183, body: OFFER, reliable: true }),
  },
  {
    name: 'with an answer that waits for the PRACK',
    headers: ['Supported: 100rel'],
    reach: (_, call) => {
      call.ring({ status: 183, body: OFFER, reliable: true });
      call.answer(OFFER);
    },
  },
  {
    name: 'answered while a reliable one had no SDP',
    headers: ['Supported: 100rel'],
    reach: (_, call) => {
      call.ring({ reliable: true });
      call.answer(OFFER);
    },
  },
  { name: 'answered', reach: (_, call) => call.answer(OFFER) },
  {
    name: 'answered, and hung up on before the ACK',
    reach: (_, call) => {
      call.answer(OFFER);
      call.bye();
    },
  },
  { name: 'talking', reach: acked },
  {
    name: 'talking, our offer on its way',
    reach: (bench, call) => {
      acked(bench, call);
      call.renegotiate('hold', () => {});
    },
  },
  {
    name: 'talking, their re-INVITE not acknowledged',
    reach: (bench, call) => {
      acked(bench, call);
      bench.send('INVITE', { branch: 'z9hG4bKre', cseq: 2, toTag: bench.localTag(), body: OFFER });
    },
  },
  {
    name: 'leaving',
    reach: (bench, call) => {
      acked(bench, call);
      call.bye();
    },
  },
  {
    name: 'hung up on',
    reach: (bench, call) => {
      acked(bench, call);
      bench.send('BYE', { branch: 'z9hG4bKbye', cseq: 2, toTag: bench.localTag() });
    },
  },
  { name: 'canceled', reach: (bench) => bench.send('CANCEL') },
  { name: 'rejected', reach: (_, call) => call.reject(486) },
  {
    name: 'rejected and acknowledged',
    reach: (bench, call) => {
      call.reject(486);
      bench.clock.advance(0);
      bench.send('ACK', { toTag: bench.localTag() });
    },
  },
  { name: 'ignored', reach: (_, call) => call.ignore() },
];

describe.each(IN_STATES)('a call that came, $name', ({ name, headers = [], reach }) => {
  test.each(METHODS)('%s in every form leaves nothing behind', (method) => {
    for (const parts of forms()) {
      const bench = createIncomingBench();
      const call = bench.invite({ headers });
      call.handlers.onReinvite = (offer) => offer || OFFER;
      call.handlers.onRefer = (refer) => refer.accept().notify(200, 'OK');
      reach(bench, call);
      bench.clock.advance(10);
      const toTag = bench.localTag() || 'none';
      const rseq = bench.peer
        .responses('INVITE')
        .findLast((one) => one.headers.has('RSeq'))
        ?.headers.get('RSeq');
      const rack = parts.headers?.map((line) => line.replace('RSEQ', rseq ?? '1'));
      for (let times = 0; times < 2; times++)
        bench.send(method, { toTag, ...parts, ...(rack ? { headers: rack } : {}) });
      bench.clock.advance(600);
      call.bye();
      bench.clock.advance(HOUR_MS);
      const what = { method, parts, ends: bench.ends.length };
      expect({ ...what, ...restOf(bench) }).toEqual({
        ...what,
        ends: name === 'ignored' ? 0 : 1,
        ...NOTHING_LEFT,
      });
    }
  });
});

test.each([...IN_STATES])('closing ends a call that came, $name', async ({ name, headers = [], reach }) => {
  const bench = createIncomingBench();
  reach(bench, bench.invite({ headers }));
  bench.clock.advance(10);
  await expectClosed(bench);
  expect(bench.ends).toHaveLength(name === 'ignored' ? 0 : 1);
});

/** The same request with right and wrong numbers, tags, branches and bodies. */
function forms(): RequestParts[] {
  const headers = ['RAck: RSEQ 1 INVITE', REFER, 'Event: refer'];
  const fresh = { branch: 'z9hG4bKfresh', cseq: 9, headers };
  return [
    { headers },
    fresh,
    { ...fresh, body: OFFER },
    { ...fresh, body: 'signal=1', contentType: 'application/dtmf-relay' },
    { ...fresh, body: '--x\r\n\r\n--x--', contentType: 'multipart/mixed;boundary=x' },
    { ...fresh, cseq: 1 },
    { ...fresh, cseq: 0 },
    { ...fresh, cseq: 2 ** 31 - 1, body: OFFER },
    { ...fresh, toTag: 'nobody' },
    {
      ...fresh,
      headers: [
        'RAck: 4294967295 4294967295 INVITE',
        'Refer-To: <',
        'Require: what',
        'Session-Expires: 1',
        'Supported: timer',
      ],
    },
    {
      ...fresh,
      headers: Array.from(
        { length: 300 },
        (_, at) => `Record-Route: <sip:${at}.0.0.0.0@[::${at.toString(16)}];lr>`,
      ),
    },
    {
      ...fresh,
      headers: [...headers, 'Contact: <sip:a@0.0.0.0:0>', 'Route: <sip:flow-x@203.0.113.1:5060;lr>'],
    },
  ];
}

interface OutState {
  name: string;
  reach(bench: AgentBench, watched: WatchedCall): void;
}

const RELIABLE: [string, string][] = [
  ['Require', '100rel'],
  ['RSeq', '7'],
];

const OUT_STATES: readonly OutState[] = [
  { name: 'trying', reach: () => {} },
  { name: 'proceeding', reach: (bench) => bench.answer('', 100) },
  { name: 'ringing', reach: (bench) => bench.answer('b', 180) },
  { name: 'ringing reliably', reach: (bench) => bench.answer('b', 183, RELIABLE) },
  { name: 'canceled unheard', reach: (_, { call }) => call.cancel() },
  {
    name: 'canceled',
    reach: (bench, { call }) => {
      bench.answer('b', 180);
      call.cancel();
    },
  },
  { name: 'talking', reach: (bench) => bench.answer() },
  {
    name: 'talking, our offer on its way',
    reach: (bench, { call }) => {
      bench.answer();
      call.renegotiate('hold', () => {});
    },
  },
  {
    name: 'leaving',
    reach: (bench, { call }) => {
      bench.answer();
      call.bye();
    },
  },
  {
    name: 'hung up on',
    reach: (bench) => {
      bench.answer();
      bench.requestInDialog('BYE', 1);
    },
  },
  { name: 'rejected', reach: (bench) => bench.answer('b', 486) },
  { name: 'given up', reach: (bench) => bench.clock.advance(40_000) },
];

describe.each(OUT_STATES)('a call of ours, $name', ({ reach }) => {
  test.each(METHODS)('%s leaves nothing behind', (method) => {
    for (const cseq of [0, 5, 2 ** 31 - 1])
      for (const body of ['', OFFER]) {
        const { bench, watched } = begin(reach);
        const headers = [['RAck', '1 1 INVITE'], REFER.split(': '), ['Event', 'refer']] as [string, string][];
        for (let times = 0; times < 2; times++) bench.requestInDialog(method, cseq, { body, headers });
        conclude(bench, watched, { method, cseq, body });
      }
  });

  test.each([
    100, 180, 183, 199, 200, 202, 301, 302, 305, 380, 401, 407, 408, 420, 421, 422, 481, 482, 486, 491, 500,
    503, 600, 699,
  ])('%d to its first and last INVITE leaves nothing behind', (status) => {
    for (const toTag of ['b', 'c', '']) {
      const { bench, watched } = begin(reach);
      const invites = bench.peer.requests('INVITE');
      for (const invite of [invites[0], invites.at(-1)])
        for (const headers of hostileHeaders())
          if (invite)
            bench.peer.reply(invite, status, { ...(toTag === '' ? {} : { toTag }), headers, body: OFFER });
      bench.clock.advance(1);
      conclude(bench, watched, { status, toTag });
    }
  });
});

test.each([...OUT_STATES])('closing ends a call of ours, $name', async ({ reach }) => {
  const { bench, watched } = begin(reach);
  await expectClosed(bench);
  expect(watched.ends).toHaveLength(1);
});

/** The peer says nothing more. */
async function expectClosed(bench: AgentBench): Promise<void> {
  const closed = bench.agent.close();
  bench.clock.advance(5000);
  await closed;
  const transport = { ...NOTHING_LEFT.transport, sockets: 0 };
  expect(restOf(bench)).toEqual({ ...NOTHING_LEFT, transport });
}

function hostileHeaders(): [string, string][][] {
  return [
    [],
    [
      ['Require', '100rel'],
      ['RSeq', '8'],
      ['Contact', '<sip:x@0.0.0.0>'],
    ],
    [
      ['Require', '100rel'],
      ['RSeq', '4294967295'],
      ['Record-Route', '<sip:127.0.0.1>'],
    ],
    [
      ['Contact', '*'],
      ['Session-Expires', '4294967295;refresher=uac'],
      ['Min-SE', '86400'],
    ],
    [
      ['WWW-Authenticate', 'Digest realm="a", nonce="b"'],
      ['Retry-After', '0'],
    ],
    [
      ['Session-Expires', '1;refresher=uas'],
      ['Contact', '<sip:peer@192.0.2.2:5070>;q=2'],
    ],
  ];
}

function begin(reach: OutState['reach']): { bench: AgentBench; watched: WatchedCall } {
  const bench = createAgentBench();
  const watched = placeWatchedCall(bench.agent, {
    credentials: { username: 'a', password: 'b' },
    followRedirects: true,
    allowRefer: true,
    sessionExpiresSeconds: 90,
    targets: [
      { host: '192.0.2.2', port: 5070 },
      { host: '192.0.2.2', port: 5070 },
    ],
    also: { onReinvite: (offer) => offer || OFFER, onRefer: (refer) => refer.accept().notify(200, 'OK') },
  });
  bench.clock.advance(1);
  reach(bench, watched);
  bench.clock.advance(1);
  return { bench, watched };
}

function conclude(bench: AgentBench, { call, ends }: WatchedCall, what: object): void {
  bench.clock.advance(600);
  call.bye();
  bench.clock.advance(HOUR_MS);
  expect({ ...what, ends: ends.length, ...restOf(bench) }).toEqual({ ...what, ends: 1, ...NOTHING_LEFT });
}

/** What cannot be read is a fault of whoever sent it, and no other. */
function restOf(bench: AgentBench): object {
  const { faults, ...rest } = bench.rest();
  return { ...rest, faults: faults.filter(({ error }) => !(error instanceof SipParseError)) };
}
