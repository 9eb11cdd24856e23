import { expect, test } from 'vitest';
import { topVia } from './message-fields.js';
import { createTransactionBench } from './testing/transaction-bench.js';

test.each(['UDP', 'TCP', 'TLS'] as const)(
  'the Via of a request says %s, and the host of its call',
  (protocol) => {
    const bench = createTransactionBench({ protocol });
    bench.send('OPTIONS');
    expect(topVia(bench.peer.last('OPTIONS'))).toMatchObject({
      transport: protocol,
      host: '192.0.2.1',
      port: 5060,
    });
    const options = { ...bench.peer.last('OPTIONS') };
    options.headers.removeFirst('Via');
    bench.layer.request(
      options,
      { host: '192.0.2.2', port: 5060, protocol },
      { onResponse: () => {}, onFailure: () => {} },
      { publicHost: '203.0.113.9' },
    );
    bench.clock.advance(0);
    expect(topVia(bench.peer.last('OPTIONS')).host).toBe('203.0.113.9');
  },
);

test('a response goes back on the connection of its request', () => {
  const bench = createTransactionBench({ protocol: 'TCP' });
  bench.receive('OPTIONS');
  const { connection } = bench.taken[0]?.from ?? {};
  expect(connection).toEqual(expect.any(String));
  bench.answer(200);
  expect(bench.network.sent.at(-1)?.to).toMatchObject({ protocol: 'TCP', connection });
});

test.each([
  ['INVITE', 1],
  ['OPTIONS', 1],
])('%s whose stream breaks before any answer is sent once more', (method, again) => {
  const bench = createTransactionBench({ protocol: 'TCP' });
  bench.send(method);
  bench.network.breakStreams();
  bench.clock.advance(1000);
  expect(bench.peer.requests(method)).toHaveLength(1 + again);
  expect(bench.told).toEqual([]);
  bench.network.breakStreams();
  bench.clock.advance(0);
  expect(bench.told).toEqual(['the stream broke at 1000']);
  expect(bench.peer.requests(method)).toHaveLength(2);
});

test('an answer to an INVITE that was given up with its streams is still told', () => {
  const bench = createTransactionBench({ protocol: 'TCP' });
  bench.send('INVITE');
  for (let times = 0; times < 2; times++) {
    bench.network.breakStreams();
    bench.clock.advance(10);
  }
  bench.peer.reply(bench.peer.last('INVITE'), 200, { toTag: 'b' });
  bench.clock.advance(10);
  expect(bench.told).toEqual(['the stream broke at 10', '200 at 20']);
});

test('one that was answered does not mind its stream', () => {
  const bench = createTransactionBench({ protocol: 'TCP' });
  bench.send('INVITE');
  bench.peer.reply(bench.peer.last('INVITE'), 180);
  bench.clock.advance(10);
  bench.network.breakStreams();
  bench.clock.advance(10);
  expect(bench.peer.requests('INVITE')).toHaveLength(1);
  bench.peer.reply(bench.peer.last('INVITE'), 486, { toTag: 'b' });
  bench.clock.advance(10);
  expect(bench.told).toEqual(['180 at 0', '486 at 20']);
});

test.each([
  ['small, over UDP as told', 0, true, 'UDP'],
  ['large, over the stream that is open', 1500, true, 'TCP'],
  ['large, over UDP, when no stream is open', 1500, false, 'UDP'],
])('an INVITE that is %s', (_, bytes, isOpen, expected) => {
  const bench = createTransactionBench();
  bench.network.hasStreams = isOpen;
  bench.send('INVITE', [['Content-Type', 'text/plain']], 'x'.repeat(bytes));
  expect(topVia(bench.peer.last('INVITE')).transport).toBe(expected);
  expect(bench.peer.last('INVITE').headers.getAll('Via')).toHaveLength(1);
  expect(bench.network.sent[0]?.to.protocol ?? 'UDP').toBe(expected);
  bench.clock.advance(3000);
  expect(bench.peer.requests('INVITE')).toHaveLength(expected === 'TCP' ? 1 : 3);
});

test('more requests than there is room for fail at once, but calls are still ended', async () => {
  const bench = createTransactionBench({ maxClients: 10 });
  for (let count = 0; count < 12; count++) bench.send('OPTIONS');
  await Promise.resolve();
  expect(bench.told).toEqual(Array(2).fill('too many requests of ours at once at 0'));
  bench.send('BYE');
  expect(bench.peer.requests('BYE')).toHaveLength(1);
  expect(bench.layer.counts().clientTransactions).toBe(11);
  bench.clock.advance(32_000);
  await bench.layer.answered();
  expect(bench.layer.counts().clientTransactions).toBe(0);
});

test.each([
  ['INVITE', 'timer B'],
  ['OPTIONS', 'timer F'],
])('a stream on which %s was not answered until %s is no longer trusted', (method) => {
  const bench = createTransactionBench({ protocol: 'TCP' });
  bench.clock.advance(100);
  bench.send(method);
  bench.clock.advance(32_000);
  expect(bench.network.suspected).toEqual([{ connection: expect.any(String), sinceMs: 100 }]);
});

test('a rejection whose stream breaks before the ACK is sent again, and one that was acknowledged is not', () => {
  const bench = createTransactionBench({ protocol: 'TCP' });
  bench.receive('INVITE');
  bench.answer(486);
  bench.network.breakStreams();
  bench.clock.advance(10);
  expect(bench.peer.statuses('INVITE')).toEqual([486, 486]);
  bench.receive('ACK');
  bench.network.breakStreams();
  bench.clock.advance(10);
  expect(bench.peer.statuses('INVITE')).toEqual([486, 486]);
  expect(bench.layer.counts().serverTransactions).toBe(0);
});
