import { MediaError, type MediaSession, NoPortError } from '@trunkline/media';
import {
  type CallEnd,
  createUserAgent,
  type IncomingCall,
  type OutgoingCall,
  type UserAgent,
} from '@trunkline/sip';
import {
  createLossyNetwork,
  createVirtualClock,
  type LossyNetwork,
  type VirtualClock,
} from '@trunkline/sip/testing';
import { beforeEach, expect, test } from 'vitest';
import { type CallBack, createCaller } from './call-back.js';
import { answerAtOnce, earlyMediaThenAnswer, ringThenAnswer } from './numbers/answer.js';
import { askCredentials } from './numbers/ask-credentials.js';
import { hangUpAndCallBack } from './numbers/call-back.js';
import { answerThenHangUp } from './numbers/hang-up.js';
import { neverReply, ringForEver } from './numbers/ring-out.js';
import type { Behaviour } from './phone.js';
import { type FinishedCall, takeCall } from './take-call.js';

const SIMULATOR = { host: '192.0.2.2', port: 5080 };
const CALLER = { host: '192.0.2.1', port: 5060 };
const CREDENTIALS = { username: 'trunk', password: 'secret' };

let clock: VirtualClock;
let network: LossyNetwork;
let agents: UserAgent[];
let media: string[];
let finished: FinishedCall[];
let calledBack: CallBack[];
let errors: Error[];
let faults: Error[];

beforeEach(() => {
  clock = createVirtualClock();
  network = createLossyNetwork({ clock, delayMs: { from: 0, to: 0 } });
  agents = [];
  media = [];
  finished = [];
  calledBack = [];
  errors = [];
  faults = [];
});

function agentAt(
  address: typeof CALLER,
  onInvite: Parameters<typeof createUserAgent>[0]['onInvite'],
): UserAgent {
  const agent = createUserAgent({
    transport: network.attach(address),
    clock,
    publicAddress: () => address,
    onFault: ({ error }) => faults.push(error),
    ...(onInvite ? { onInvite } : {}),
  });
  agents.push(agent);
  return agent;
}

/** A session that writes down what is done with it. */
async function openFakeMedia(): Promise<MediaSession> {
  media.push('open');
  return {
    port: 30_000,
    offer: () => 'our offer',
    acceptAnswer: (sdp) => {
      media.push(`accept ${sdp}`);
      if (sdp.includes('bad')) throw new MediaError('no codec in common');
    },
    answer: (offer) => {
      media.push(`answer ${offer}`);
      if (offer.includes('bad')) throw new MediaError('no codec in common');
      return offer === '' ? 'our offer' : 'our answer';
    },
    start: () => void media.push('start'),
    counters: () => ({ sentPackets: 0, receivedPackets: 0, lostPackets: 0 }),
    close: async () => void media.push('close'),
  };
}

/** Lets every call to the simulator be taken so. */
function startSimulator(behaviour: Behaviour, openMedia = openFakeMedia): void {
  agentAt(SIMULATOR, (call) =>
    takeCall(call, {
      clock,
      behaviour,
      openMedia,
      callBack: async (one) => void calledBack.push(one),
      onFinished: (one) => finished.push(one),
      onError: (error) => errors.push(error),
    }),
  );
}

/** Time passes, and promises settle at each step of it. */
async function pass(ms: number): Promise<void> {
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  for (let left = ms; left > 0; left -= 500) {
    clock.advance(Math.min(left, 500));
    await settle();
  }
  for (let turn = 0; turn < 5; turn += 1) {
    await settle();
    clock.advance(0);
  }
}

interface PlacedCall {
  call: OutgoingCall;
  /** `180 at 0`, and so on. */
  told: string[];
  end: CallEnd | null;
}

/** Calls the simulator over an agent of its own. */
async function callIt(offer = 'their offer'): Promise<PlacedCall> {
  const placed: Omit<PlacedCall, 'call'> = { told: [], end: null };
  const note = (what: string) => placed.told.push(`${what} at ${clock.nowMs()}`);
  const call = agentAt(CALLER, undefined).invite({
    requestUri: 'sip:+15551230001@192.0.2.2:5080',
    from: { uri: 'sip:+15559990000@192.0.2.1' },
    to: { uri: 'sip:+15551230001@192.0.2.2' },
    targets: [SIMULATOR],
    offer,
    credentials: CREDENTIALS,
    handlers: {
      onSent: () => {},
      onProvisional: ({ status, body }) => note(`${status}${body.length > 0 ? ` ${body}` : ''}`),
      onAnswered: ({ body }) => note(`answered with ${body}`),
      onEnded: (end) => {
        placed.end = end;
      },
    },
  });
  await pass(0);
  return Object.assign(placed, { call });
}

const WHO = { number: '+15551230001', from: '+15559990000' };

/** Nothing of the call is left, and nobody hears of it again. */
async function expectNothingLeft(): Promise<void> {
  const before = finished.length;
  await pass(70_000);
  for (const agent of agents)
    expect(agent.counts()).toMatchObject({
      clientTransactions: 0,
      serverTransactions: 0,
      dialogs: 0,
      calls: 0,
    });
  expect(clock.pending()).toBe(0);
  expect(finished).toHaveLength(before);
}

test('a call that rings, is answered, and ends when the caller hangs up', async () => {
  startSimulator(ringThenAnswer(1000));
  const placed = await callIt();
  await pass(1000);
  expect(placed.told).toEqual(['180 at 0', 'answered with our answer at 1000']);
  await pass(5000);
  expect(media).toEqual(['open', 'answer their offer', 'start']);
  expect(finished).toEqual([]);
  placed.call.bye(16);
  await pass(0);
  expect(finished).toEqual([
    { ...WHO, callId: placed.call.callId, end: 'bye-remote', ringMs: 1000, talkMs: 5000 },
  ]);
  expect(media).toEqual(['open', 'answer their offer', 'start', 'close']);
  await expectNothingLeft();
  expect([errors, faults]).toEqual([[], []]);
});

test('a call that the simulator ends', async () => {
  startSimulator(answerThenHangUp(2000));
  const placed = await callIt();
  await pass(2000);
  expect(placed.end).toMatchObject({ kind: 'bye', side: 'remote', q850: 16 });
  expect(finished).toEqual([
    { ...WHO, callId: placed.call.callId, end: 'bye-local', ringMs: 0, talkMs: 2000 },
  ]);
  expect(media.at(-1)).toBe('close');
  await expectNothingLeft();
});

test('a caller that gives up is told of once, and no port is taken', async () => {
  startSimulator(ringForEver);
  const placed = await callIt();
  await pass(3000);
  placed.call.cancel();
  await pass(0);
  expect(finished).toEqual([
    { ...WHO, callId: placed.call.callId, end: 'canceled', ringMs: 3000, talkMs: null },
  ]);
  expect(media).toEqual([]);
  await expectNothingLeft();
});

test('early media is closed when the caller gives up on it', async () => {
  startSimulator(earlyMediaThenAnswer(2000));
  const placed = await callIt();
  expect(placed.told).toEqual(['183 our answer at 0']);
  placed.call.cancel();
  await pass(0);
  expect(finished.map(({ end }) => end)).toEqual(['canceled']);
  expect(media).toEqual(['open', 'answer their offer', 'close']);
  await expectNothingLeft();
});

test('media that opens too late for its caller is closed at once', async () => {
  let open: () => void = () => {};
  startSimulator(ringThenAnswer(0), () => new Promise((resolve) => (open = () => resolve(openFakeMedia()))));
  const placed = await callIt();
  await pass(1);
  placed.call.cancel();
  await pass(0);
  open();
  await pass(0);
  expect(finished.map(({ end }) => end)).toEqual(['canceled']);
  expect(media).toEqual(['open', 'answer their offer', 'close']);
  await expectNothingLeft();
});

test('a number that ignores the call is told of at once', async () => {
  startSimulator(neverReply);
  await callIt();
  expect(finished.map(({ end }) => end)).toEqual(['ignored']);
  await expectNothingLeft();
});

test('a challenge is no call of its own: one call is told of, the one with credentials', async () => {
  startSimulator(askCredentials(CREDENTIALS, answerAtOnce));
  const placed = await callIt();
  expect(placed.told).toEqual(['answered with our answer at 0']);
  placed.call.bye();
  await pass(0);
  expect(finished.map(({ end }) => end)).toEqual(['bye-remote']);
  await expectNothingLeft();
});

test.each<[string, Error, number]>([
  ['an offer of no use', new MediaError('no codec in common'), 488],
  ['no free port', new NoPortError(10), 503],
  ['a fault of ours', new TypeError('oh'), 500],
])('%s refuses the call and is told once', async (_what, error, status) => {
  startSimulator(answerAtOnce, () => Promise.reject(error));
  const placed = await callIt();
  expect(placed.end).toMatchObject({ kind: 'rejected', status });
  expect(errors).toEqual([error]);
  expect(finished.map(({ end }) => end)).toEqual(['rejected']);
  await expectNothingLeft();
});

test('an offer that cannot be answered closes the media that was opened for it', async () => {
  startSimulator(answerAtOnce);
  const placed = await callIt('bad offer');
  expect(placed.end).toMatchObject({ kind: 'rejected', status: 488 });
  expect(media).toEqual(['open', 'answer bad offer', 'close']);
  expect(errors).toHaveLength(1);
});

test('what goes wrong after the answer hangs up', async () => {
  startSimulator(async (phone) => {
    await phone.answer();
    phone.later(1000, () => {
      throw new TypeError('oh');
    });
  });
  const placed = await callIt();
  await pass(1000);
  expect(placed.end).toMatchObject({ kind: 'bye', side: 'remote' });
  expect(finished).toMatchObject([{ end: 'bye-local', talkMs: 1000 }]);
});

/** A caller that leaves the offer to us, written by hand. */
function callByHand() {
  const transport = network.attach(CALLER);
  transport.onMessage(() => {});
  const received = () => network.sent.filter(({ to }) => to.port === CALLER.port).map(({ text }) => text);
  return {
    received,
    async send(method: string, cseq: number, body = '') {
      const toTag = /^To:.*(;tag=[^\r\n;]+)/m.exec(received().at(-1) ?? '')?.[1] ?? '';
      const lines = [
        `${method} sip:+15551230001@192.0.2.2:5080 SIP/2.0`,
        `Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK${method}${cseq};rport`,
        'Max-Forwards: 70',
        'From: <sip:+15559990000@192.0.2.1>;tag=a',
        `To: <sip:+15551230001@192.0.2.2>${toTag}`,
        'Call-ID: by-hand@192.0.2.1',
        `CSeq: ${cseq} ${method}`,
        'Contact: <sip:+15559990000@192.0.2.1:5060>',
        ...(body === '' ? [] : ['Content-Type: application/sdp']),
        `Content-Length: ${body.length}`,
      ];
      transport.send(Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`), SIMULATOR);
      await pass(0);
    },
  };
}

test('a caller that leaves the offer to us answers it in its ACK, at first and in a re-INVITE', async () => {
  startSimulator(answerAtOnce);
  const caller = callByHand();
  await caller.send('INVITE', 1);
  expect(caller.received().at(-1)).toMatch(/^SIP\/2.0 200 .*our offer$/s);
  await caller.send('ACK', 1, 'first answer');
  await caller.send('INVITE', 2);
  expect(caller.received().at(-1)).toMatch(/^SIP\/2.0 200 .*our offer$/s);
  await caller.send('ACK', 2, 'second answer');
  await caller.send('INVITE', 3, 'new offer');
  await caller.send('ACK', 3);
  expect(media).toEqual([
    'open',
    'answer ',
    'start',
    'accept first answer',
    'answer ',
    'accept second answer',
    'answer new offer',
  ]);
  await caller.send('BYE', 4);
  expect(finished).toMatchObject([{ end: 'bye-remote' }]);
  expect(media.at(-1)).toBe('close');
});

test('a re-INVITE of no use is refused and the call goes on; an answer of no use in the ACK ends it', async () => {
  startSimulator(answerAtOnce);
  const caller = callByHand();
  await caller.send('INVITE', 1, 'their offer');
  await caller.send('ACK', 1);
  await caller.send('INVITE', 2, 'bad offer');
  expect(caller.received().at(-1)).toMatch(/^SIP\/2.0 488 /);
  await caller.send('ACK', 2);
  expect(finished).toEqual([]);
  await caller.send('INVITE', 3);
  await caller.send('ACK', 3, 'bad answer');
  expect(caller.received().at(-1)).toMatch(/^BYE /);
});

test('who is called back is told where the call came from, once, and after the call', async () => {
  startSimulator(hangUpAndCallBack({ talkMs: 1000, pauseMs: 1000 }));
  await callIt();
  await pass(1500);
  expect([finished.map(({ end }) => end), calledBack]).toEqual([['bye-local'], []]);
  await pass(1000);
  expect(calledBack).toEqual([
    { to: '+15559990000', from: '+15551230001', at: expect.objectContaining(CALLER) },
  ]);
});

test('a call back is a call: it talks until the other side hangs up, and leaves nothing', async () => {
  const taken: IncomingCall[] = [];
  agentAt(CALLER, (call) => {
    taken.push(call);
    call.answer('their answer');
  });
  const ends: CallEnd['kind'][] = [];
  const callBack = createCaller({
    agent: agentAt(SIMULATOR, undefined),
    clock,
    openMedia: openFakeMedia,
    onFinished: (_, end) => ends.push(end.kind),
    onError: (error) => errors.push(error),
  });
  await callBack({ to: '+15559990000', from: '+15551230012', at: CALLER });
  await pass(500);
  expect([taken[0]?.calledUser, taken[0]?.callerUser]).toEqual(['+15559990000', '+15551230012']);
  expect(media).toEqual(['open', 'accept their answer', 'start']);
  taken[0]?.bye();
  await pass(500);
  expect([ends, media.at(-1)]).toEqual([['bye'], 'close']);
  await expectNothingLeft();
});
