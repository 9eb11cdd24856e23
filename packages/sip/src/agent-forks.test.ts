import { beforeEach, describe, expect, test } from 'vitest';
import { type AgentBench, createAgentBench, NOTHING_LEFT, placeWatchedCall } from './testing/agent-bench.js';
import { tagIn } from './testing/read-message.js';

let bench: AgentBench;

beforeEach(() => {
  bench = createAgentBench();
});

describe('forking', () => {
  test('several phones ring, the first that answers has the call, the others are hung up on', () => {
    const { told, ends } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    for (const phone of ['a', 'b', 'c']) bench.answer(phone, 180);
    expect(bench.agent.counts().dialogs).toBe(3);
    bench.answer('b');
    bench.answer('c');
    bench.answer('d');
    expect(bench.agent.counts().dialogs).toBe(1);
    expect(bench.peer.requests('ACK').map((ack) => tagIn(ack, 'To'))).toEqual(['b', 'c', 'd']);
    expect(bench.peer.requests('BYE').map((bye) => tagIn(bye, 'To'))).toEqual(['c', 'd']);
    expect(told.filter((line) => line.startsWith('answered'))).toHaveLength(1);
    for (const bye of bench.peer.requests('BYE')) bench.peer.reply(bye, 200);
    bench.requestInDialog('BYE', 1);
    bench.clock.advance(1);
    expect(ends).toEqual([{ kind: 'bye', side: 'remote', q850: null, status: null }]);
    expect(bench.peer.statuses('BYE')).toEqual([200]);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('a flood of forks is bounded', () => {
    placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    for (let phone = 0; phone < 100; phone++) bench.answer(`p${phone}`, 180);
    expect(bench.agent.counts().dialogs).toBe(16);
  });
});

test('each provisional response and the answer name the phone that they came from', () => {
  const tags: (string | null)[] = [];
  placeWatchedCall(bench.agent, {
    also: {
      onProvisional: ({ remoteTag }) => tags.push(remoteTag),
      onAnswered: ({ remoteTag }) => tags.push(remoteTag),
    },
  });
  bench.clock.advance(1);
  const invite = bench.peer.last('INVITE');
  bench.peer.reply(invite, 181);
  bench.peer.reply(invite, 180, { toTag: 'a' });
  bench.peer.reply(invite, 183, { toTag: 'b' });
  bench.peer.reply(invite, 200, { toTag: 'b' });
  bench.clock.advance(1);
  expect(tags).toEqual([null, 'a', 'b', 'b']);
});
