import { expect, test } from 'vitest';
import { createTransactionBench, type TransactionBench } from './testing/transaction-bench.js';
import type { SipProtocol } from './transport.js';

/** RFC 3261 table 4 with RFC 6026: T1 is 500 ms, T2 4 s, T4 5 s. */
const DOUBLING = [0, 500, 1500, 3500, 7500, 15_500, 31_500];
const CAPPED = [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
const LONG_MS = 120_000;

/** Lets time pass until no transaction is left; gives how long that took, ms. */
function lifetime({ clock, layer }: TransactionBench): number {
  const startMs = clock.nowMs();
  const isOver = (): boolean => {
    const { clientTransactions, serverTransactions } = layer.counts();
    return clientTransactions + serverTransactions === 0;
  };
  while (!isOver() && clock.nowMs() - startMs < LONG_MS) clock.advance(100);
  return clock.nowMs() - startMs;
}

test.each<[SipProtocol, string, number[]]>([
  ['UDP', 'INVITE', DOUBLING],
  ['UDP', 'OPTIONS', CAPPED],
  ['TCP', 'INVITE', [0]],
  ['TCP', 'OPTIONS', [0]],
  ['TLS', 'INVITE', [0]],
  ['TLS', 'BYE', [0]],
])('timers A, B, E, F over %s: %s to nobody', (protocol, method, times) => {
  const bench = createTransactionBench({ protocol });
  bench.send(method);
  expect(lifetime(bench)).toBe(32_000);
  expect(bench.peer.times(method)).toEqual(times);
  expect(bench.told).toEqual(['timeout at 32000']);
  expect(bench.clock.pending()).toBe(0);
});

test.each<[SipProtocol, number[]]>([
  ['UDP', [0, 500, 1500, 5500, 9500, 13_500, 17_500, 21_500, 25_500, 29_500]],
  ['TCP', [0]],
])('timer E over %s goes on after a 100, every 4 s, and F ends it', (protocol, times) => {
  const bench = createTransactionBench({ protocol });
  bench.send('OPTIONS');
  bench.clock.advance(600);
  bench.peer.reply(bench.peer.last('OPTIONS'), 100);
  bench.clock.advance(31_400);
  expect(bench.peer.times('OPTIONS')).toEqual(times);
  expect(bench.told).toEqual(['100 at 600', 'timeout at 32000']);
});

test('a 1xx ends timers A and B: a phone may ring for long', () => {
  const bench = createTransactionBench();
  const invite = bench.send('INVITE');
  bench.clock.advance(600);
  bench.peer.reply(bench.peer.last('INVITE'), 180);
  bench.clock.advance(300_000);
  expect(bench.peer.times('INVITE')).toEqual([0, 500]);
  expect(bench.told).toEqual(['180 at 600']);
  invite.abandon();
  expect(bench.clock.pending()).toBe(0);
});

test.each<[string, SipProtocol, string, number, number]>([
  ['D', 'UDP', 'INVITE', 486, 32_000],
  ['D', 'TCP', 'INVITE', 486, 0],
  ['M', 'UDP', 'INVITE', 200, 32_000],
  ['M', 'TCP', 'INVITE', 200, 32_000],
  ['K', 'UDP', 'OPTIONS', 200, 5000],
  ['K', 'TCP', 'OPTIONS', 200, 0],
  ['K', 'UDP', 'BYE', 481, 5000],
])('timer %s over %s: %s answered %d is kept for %d ms', (_, protocol, method, status, ms) => {
  const bench = createTransactionBench({ protocol });
  bench.send(method);
  bench.clock.advance(300);
  bench.peer.reply(bench.peer.last(method), status);
  bench.clock.advance(0);
  expect(lifetime(bench)).toBe(ms);
  expect(bench.told).toEqual([`${status} at 300`]);
  expect(bench.clock.pending()).toBe(0);
});

test('until timer D a rejection that comes again is acknowledged again, and told once', () => {
  const bench = createTransactionBench();
  bench.send('INVITE');
  for (const wait of [0, 500, 31_400, 200]) {
    bench.clock.advance(wait);
    bench.peer.reply(bench.peer.last('INVITE'), 486, { toTag: 'b' });
    bench.clock.advance(0);
  }
  expect(bench.peer.times('ACK')).toEqual([0, 500, 31_900]);
  expect(bench.told).toEqual(['486 at 0']);
});

test('until timer M every 2xx is told, for each phone may answer', () => {
  const bench = createTransactionBench();
  bench.send('INVITE');
  for (const wait of [0, 31_900, 200]) {
    bench.clock.advance(wait);
    bench.peer.reply(bench.peer.last('INVITE'), 200, { toTag: 'b' });
    bench.clock.advance(0);
  }
  expect(bench.told).toEqual(['200 at 0', '200 at 31900']);
});

test.each<[SipProtocol, number[]]>([
  ['UDP', CAPPED],
  ['TCP', [0]],
])('timers G and H over %s: a rejection that nobody acknowledges', (protocol, times) => {
  const bench = createTransactionBench({ protocol });
  bench.receive('INVITE');
  bench.answer(486);
  expect(lifetime(bench)).toBe(32_000);
  expect(bench.peer.times(486)).toEqual(times);
});

test.each<[SipProtocol, number]>([
  ['UDP', 5000],
  ['TCP', 0],
])('timer I over %s: after the ACK the INVITE is kept for %d ms', (protocol, ms) => {
  const bench = createTransactionBench({ protocol });
  bench.receive('INVITE');
  bench.answer(486);
  bench.clock.advance(700);
  bench.receive('ACK');
  expect(lifetime(bench)).toBe(ms);
  expect(bench.peer.times(486)).toEqual(protocol === 'UDP' ? [0, 500] : [0]);
});

test.each<[SipProtocol, number]>([
  ['UDP', 32_000],
  ['TCP', 0],
])('timer J over %s: an answered request is kept for %d ms', (protocol, ms) => {
  const bench = createTransactionBench({ protocol });
  bench.receive('OPTIONS');
  bench.answer(200);
  expect(lifetime(bench)).toBe(ms);
});

test('until timer J a request that comes again gets the same answer', () => {
  const bench = createTransactionBench();
  bench.receive('BYE');
  bench.answer(200);
  bench.clock.advance(31_900);
  bench.receive('BYE');
  expect(bench.peer.times(200)).toEqual([0, 31_900]);
  expect(bench.taken).toHaveLength(1);
});

test.each<SipProtocol>(['UDP', 'TCP'])(
  'timer L over %s: an accepted INVITE absorbs itself for 32 s',
  (protocol) => {
    const bench = createTransactionBench({ protocol });
    bench.receive('INVITE');
    bench.answer(200);
    bench.clock.advance(31_900);
    bench.receive('INVITE');
    expect(bench.taken).toHaveLength(1);
    expect(lifetime(bench)).toBe(100);
    // To repeat a 2xx is the user agent's, over every transport.
    expect(bench.peer.times(200)).toEqual([0]);
  },
);

test.each<SipProtocol>(['UDP', 'TCP'])(
  'over %s an INVITE that is not answered gets a 100 after 200 ms',
  (protocol) => {
    const bench = createTransactionBench({ protocol });
    bench.receive('INVITE');
    bench.clock.advance(1000);
    expect(bench.peer.times(100)).toEqual([200]);
    bench.receive('INVITE');
    expect(bench.peer.times(100)).toEqual([200, 1000]);
    bench.answer(200);
    expect(lifetime(bench)).toBe(32_000);
  },
);
