import { describe, expect, test } from 'vitest';
import type { CallEnd } from './agent-call.js';
import type { IncomingCall } from './agent-incoming-call.js';
import { NOTHING_OPEN, OFFER } from './testing/agent-bench.js';
import { createEdgeBench, DEVICE, EDGE, type EdgeBench } from './testing/edge-bench.js';

/** What is left, the edge's count of what it passed on aside. */
function rest(bench: EdgeBench) {
  bench.clock.advance(70_000);
  const edge = bench.edge.counts();
  return {
    ends: [bench.caller.counts(), bench.device.counts()],
    edge: { ...edge, edge: NOTHING_OPEN.edge },
    refused: edge.edge.refused,
    faults: bench.faults,
    timers: bench.clock.pending(),
    shortcuts: bench.shortcuts(),
  };
}

const NOTHING_LEFT = {
  ends: [NOTHING_OPEN, NOTHING_OPEN],
  edge: NOTHING_OPEN,
  refused: 0,
  faults: [],
  timers: 0,
  shortcuts: 0,
};

/** What the last request with this method, on its way to the device or from the edge to the caller, was. */
function wire(bench: EdgeBench, start: string, to: { host: string }): string {
  const found = bench.network.sent.filter((one) => one.text.startsWith(start) && one.to.host === to.host);
  const text = found.at(-1)?.text;
  if (text === undefined) throw new Error(`no ${start} to ${to.host}`);
  return text;
}

function headers(text: string, name: string): string[] {
  return text.split('\r\n').filter((line) => line.startsWith(`${name}: `));
}

describe('a call to a device by its edge', () => {
  test('both may negotiate again, and the device may hang up', () => {
    const bench = createEdgeBench({ onInvite: (call) => call.answer(`${OFFER}a=device\r\n`) });
    const answers: string[] = [];
    const offers: string[] = [];
    const ends: CallEnd[] = [];
    const call = bench.call({
      onAnswered: ({ body }) => answers.push(body.toString()),
      onReinvite: (offer) => {
        offers.push(offer);
        return 'v=0 caller again';
      },
      onEnded: (end) => ends.push(end),
    });
    bench.clock.advance(100);
    expect(answers).toEqual([`${OFFER}a=device\r\n`]);
    const taken = bench.taken[0] as IncomingCall;
    taken.handlers.onReinvite = () => 'v=0 device again';
    const results: unknown[] = [];
    call.renegotiate('v=0 hold', (result) => results.push(result));
    bench.clock.advance(100);
    taken.renegotiate('v=0 back', (result) => results.push(result));
    bench.clock.advance(100);
    expect(results).toEqual([
      { ok: true, answer: 'v=0 device again' },
      { ok: true, answer: 'v=0 caller again' },
    ]);
    expect(offers).toEqual(['v=0 back']);
    taken.bye(16);
    bench.clock.advance(100);
    expect(ends).toMatchObject([{ kind: 'bye', side: 'remote', q850: 16 }]);
    expect(rest(bench)).toEqual(NOTHING_LEFT);
  });

  test('the device sees a hop less, our Via and Record-Route, and no Route', () => {
    const bench = createEdgeBench({ onInvite: (call) => call.answer(OFFER) });
    const call = bench.call();
    bench.clock.advance(100);
    const invite = wire(bench, 'INVITE', DEVICE);
    expect(invite.split('\r\n')[0]).toBe('INVITE sip:bob@10.0.0.5:40123 SIP/2.0');
    expect(headers(invite, 'Max-Forwards')).toEqual(['Max-Forwards: 69']);
    expect(headers(invite, 'Route')).toEqual([]);
    const vias = headers(invite, 'Via');
    expect(vias[0]).toMatch(/^Via: SIP\/2\.0\/UDP 192\.0\.2\.2:5060;branch=z9hG4bKflow-[\w-]+;rport$/);
    expect(vias[1]).toMatch(/^Via: SIP\/2\.0\/UDP 192\.0\.2\.1:5060;.*received=192\.0\.2\.1/);
    expect(headers(invite, 'Record-Route')).toEqual([
      `Record-Route: ${bench.edge.edgeRoute({ source: DEVICE })}`,
    ]);
    call.bye();
    bench.clock.advance(100);
    expect(headers(wire(bench, 'BYE', DEVICE), 'Record-Route')).toEqual([]);
    expect(rest(bench)).toEqual(NOTHING_LEFT);
  });

  test('CANCEL finds the INVITE, and the 487 and its ACK their ways', () => {
    const bench = createEdgeBench({ onInvite: (call) => call.ring() });
    const ends: CallEnd[] = [];
    const call = bench.call({ onEnded: (end) => ends.push(end) });
    bench.clock.advance(100);
    call.cancel();
    bench.clock.advance(100);
    expect(ends).toMatchObject([{ kind: 'canceled', status: 487 }]);
    const branches = ['INVITE', 'CANCEL', 'ACK'].map(
      (method) => headers(wire(bench, method, DEVICE), 'Via')[0],
    );
    expect(new Set(branches).size).toBe(1);
    expect(rest(bench)).toEqual(NOTHING_LEFT);
  });

  test('a reliable 180 is confirmed by the same way', () => {
    const bench = createEdgeBench({ onInvite: (call) => call.ring({ reliable: true }) });
    const call = bench.call({}, { reliable: 'supported' });
    bench.clock.advance(100);
    expect(wire(bench, 'PRACK', DEVICE)).toContain('RAck: ');
    bench.taken[0]?.answer(OFFER);
    bench.clock.advance(100);
    call.bye();
    expect(rest(bench)).toEqual(NOTHING_LEFT);
  });

  test('when the caller has died, another of the cluster hangs up by the same edge', async () => {
    const bench = createEdgeBench({ onInvite: (call) => call.answer(OFFER) });
    const kinds: string[] = [];
    let done: Promise<void> | null = null;
    bench.call({
      onAnswered: ({ dialog }) => {
        bench.clock.after(1000, () => {
          done = bench.edge.byeOnDialog({ ...dialog, localCSeq: dialog.localCSeq + 10 });
        });
      },
    });
    bench.clock.advance(100);
    (bench.taken[0] as IncomingCall).handlers.onEnded = ({ kind }) => kinds.push(kind);
    bench.clock.advance(2000);
    await done;
    expect(kinds).toEqual(['bye-remote']);
  });

  test('over TCP on the one side and UDP on the other, each is given a route of its own', () => {
    const source = { ...DEVICE, protocol: 'TCP' as const };
    const bench = createEdgeBench({ source, onInvite: (call) => call.answer(OFFER) });
    const ends: CallEnd[] = [];
    bench.call({ onEnded: (end) => ends.push(end) });
    bench.clock.advance(100);
    const invite = wire(bench, 'INVITE', DEVICE);
    expect(headers(invite, 'Via')[0]).toMatch(/^Via: SIP\/2\.0\/TCP 192\.0\.2\.2:5060;/);
    const [outer = '', inner = ''] = headers(invite, 'Record-Route');
    expect(outer).toContain(`@192.0.2.2:5060;transport=tcp;lr>`);
    expect(inner).toContain(`@192.0.2.2:5060;lr>`);
    expect(headers(wire(bench, 'ACK', DEVICE), 'Route')).toEqual([]);
    bench.taken[0]?.bye();
    bench.clock.advance(100);
    expect(
      bench.network.sent
        .filter(({ text }) => text.startsWith('BYE'))
        .map(({ from, to }) => [from.protocol, to.host]),
    ).toEqual([
      ['TCP', EDGE.host],
      ['UDP', '192.0.2.1'],
    ]);
    expect(headers(wire(bench, 'BYE', { host: '192.0.2.1' }), 'Route')).toEqual([]);
    expect(ends).toMatchObject([{ kind: 'bye', side: 'remote' }]);
    expect(rest(bench)).toEqual(NOTHING_LEFT);
  });

  test('a connection that has gone is 430 at once', () => {
    const source = { host: '198.51.100.9', port: 5060, protocol: 'TCP' as const, connection: 'gone' };
    const bench = createEdgeBench({ source });
    const ends: CallEnd[] = [];
    bench.call({ onEnded: (end) => ends.push(end) });
    bench.clock.advance(100);
    expect(ends).toMatchObject([{ kind: 'rejected', status: 430, reason: 'Flow Failed' }]);
    expect(bench.edge.counts().edge.failedFlows).toBe(1);
    expect(rest(bench)).toEqual(NOTHING_LEFT);
  });
});

type Plan = 'caller hangs up' | 'device hangs up' | 'busy' | 'canceled' | 'both negotiate';
const PLANS: readonly Plan[] = ['caller hangs up', 'device hangs up', 'busy', 'canceled', 'both negotiate'];

/** `no-response`, `canceled null`, `dialog-lost` and a BYE of who negotiates: too much was lost for 32 s. */
const ENDS: Record<Plan, RegExp> = {
  'caller hangs up': /^bye local$/,
  'device hangs up': /^bye remote$/,
  busy: /^rejected 486$/,
  canceled: /^canceled (487|null)$/,
  'both negotiate': /^bye (local|remote)$/,
};

/** Nothing was heard in all the time that SIP gives it: over two links that lose 0.3, about half of all is lost. */
const UNHEARD = /^(no-response|canceled null|dialog-lost)$/;
/** Of 100; an INVITE with all its repetitions is lost by less than one in 100, and so is an answer. */
const MAX_UNHEARD = 10;

test.each([
  [1, 0.3],
  [2, 0.3],
  [3, 0],
])('seed %i: with %d of all datagrams lost, every call by the edge ends once and right', (seed, loss) => {
  const plans = new Map<string, Plan>();
  const bench = createEdgeBench({
    seed,
    loss,
    duplication: 0.1,
    delayMs: { from: 5, to: 400 },
    onInvite: (call) => follow(call, plans.get(call.calledUser) as Plan),
  });
  const follow = (call: IncomingCall, plan: Plan): void => {
    call.handlers.onReinvite = () => OFFER;
    call.ring();
    if (plan === 'busy') bench.clock.after(1000, () => call.reject(486));
    else if (plan !== 'canceled') bench.clock.after(2000, () => call.answer(OFFER));
    if (plan === 'device hangs up') bench.clock.after(6000, () => call.bye(16));
    if (plan === 'both negotiate') bench.clock.after(8000, () => call.renegotiate(OFFER, () => {}));
  };
  const ends: [Plan, string][] = [];
  for (let number = 0; number < 100; number++) {
    const plan = PLANS[number % PLANS.length] as Plan;
    plans.set(String(number), plan);
    const call = bench.call(
      {
        onReinvite: () => OFFER,
        onAnswered: () => {
          if (plan === 'both negotiate') bench.clock.after(2000, () => call.renegotiate(OFFER, () => {}));
          if (plan === 'caller hangs up') bench.clock.after(3000, () => call.bye(16));
          if (plan === 'both negotiate') bench.clock.after(80_000, () => call.bye(16));
        },
        onEnded: (end) => ends.push([plan, nameOf(end)]),
      },
      { requestUri: `sip:${number}@10.0.0.5` },
    );
    if (plan === 'canceled') bench.clock.after(4000, () => call.cancel());
    bench.clock.advance(20);
  }
  bench.clock.advance(20 * 60_000);
  expect(ends).toHaveLength(100);
  const others = ends.filter(([plan, end]) => !ENDS[plan].test(end));
  expect(others.filter(([, end]) => !UNHEARD.test(end))).toEqual([]);
  expect(others.length).toBeLessThanOrEqual(loss === 0 ? 0 : MAX_UNHEARD);
  expect(rest(bench)).toEqual(NOTHING_LEFT);
});

function nameOf(end: CallEnd): string {
  if (end.kind === 'canceled') return `canceled ${end.status}`;
  if (end.kind === 'rejected') return `rejected ${end.status}`;
  return end.kind === 'bye' ? `bye ${end.side}` : end.kind;
}
