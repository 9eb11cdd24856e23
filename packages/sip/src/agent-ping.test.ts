import { expect, test } from 'vitest';
import type { PingResult } from './agent-ping.js';
import {
  AGENT_ADDRESS,
  type AgentBench,
  createAgentBench,
  NOTHING_LEFT,
  PEER_ADDRESS,
} from './testing/agent-bench.js';
import { ScriptedPeer } from './testing/scripted-peer.js';

const OTHER = { host: '192.0.2.3', port: 5060 };
const URI = 'sip:carrier.example';

function pingFrom(bench: AgentBench, more: object = {}): { results: PingResult[] } {
  const results: PingResult[] = [];
  void bench.agent
    .ping({ targets: [PEER_ADDRESS], requestUri: URI, ...more })
    .then((result) => results.push(result));
  bench.clock.advance(0);
  return { results };
}

async function settle(bench: AgentBench, ms = 0): Promise<void> {
  bench.clock.advance(ms);
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  bench.clock.advance(0);
}

test.each([200, 405, 503])('%i is a sign of life, as any response is', async (status) => {
  const bench = createAgentBench();
  const { results } = pingFrom(bench);
  bench.clock.advance(20);
  const options = bench.peer.last('OPTIONS');
  expect(options.uri).toBe(URI);
  expect(options.headers.get('From')).toMatch(/^<sip:203\.0\.113\.1:5060>;tag=\w+$/);
  bench.peer.reply(options, status);
  await settle(bench);
  expect(results).toEqual([{ alive: true, status, rttMs: 20, target: PEER_ADDRESS }]);
  expect(bench.rest()).toEqual(NOTHING_LEFT);
});

test('a target that says nothing is given up, and the next one asked', async () => {
  const bench = createAgentBench();
  const other = new ScriptedPeer(bench.network, { at: OTHER, clock: bench.clock, to: AGENT_ADDRESS });
  const { results } = pingFrom(bench, { targets: [PEER_ADDRESS, OTHER], timeoutMs: 2000 });
  await settle(bench, 2000);
  other.reply(other.last('OPTIONS'), 200);
  await settle(bench);
  expect(results).toMatchObject([{ alive: true, status: 200, target: OTHER }]);
  expect(bench.peer.requests('OPTIONS')).toHaveLength(3);
});

test('nobody is there: after 5 s unless told, or as soon as the network says so', async () => {
  const bench = createAgentBench();
  const { results } = pingFrom(bench);
  await settle(bench, 4999);
  expect(results).toEqual([]);
  await settle(bench, 1);
  expect(results).toEqual([{ alive: false, reason: 'no response' }]);
  bench.network.sendError = new Error('EHOSTUNREACH');
  const refused = pingFrom(bench).results;
  await settle(bench);
  expect(refused).toEqual([{ alive: false, reason: 'EHOSTUNREACH' }]);
  expect((await bench.agent.ping({ targets: [], requestUri: URI })).alive).toBe(false);
  expect(bench.rest()).toEqual(NOTHING_LEFT);
});

test('a challenge is answered where there is a password, and a sign of life when that leads to nothing', async () => {
  const bench = createAgentBench();
  const credentials = { username: 'a', password: 'b' };
  const { results } = pingFrom(bench, { credentials });
  const headers: [string, string][] = [['WWW-Authenticate', 'Digest realm="r", nonce="n"']];
  bench.peer.reply(bench.peer.last('OPTIONS'), 401, { headers });
  bench.clock.advance(0);
  expect(bench.peer.last('OPTIONS').headers.has('Authorization')).toBe(true);
  await settle(bench, 5000);
  expect(results).toEqual([{ alive: true, status: 401, rttMs: 0, target: PEER_ADDRESS }]);
  expect(bench.rest()).toEqual(NOTHING_LEFT);
});

test('a URI that cannot be written reaches nobody', async () => {
  const bench = createAgentBench();
  const { results } = pingFrom(bench, { requestUri: 'sip:a\r\nb' });
  await settle(bench);
  expect(results).toMatchObject([{ alive: false }]);
  expect(bench.rest()).toEqual(NOTHING_LEFT);
});
