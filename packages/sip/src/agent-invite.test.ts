import { beforeEach, describe, expect, test } from 'vitest';
import { UnsafeValueError } from './errors.js';
import { type AgentBench, createAgentBench, NOTHING_LEFT, placeWatchedCall } from './testing/agent-bench.js';

let bench: AgentBench;

beforeEach(() => {
  bench = createAgentBench();
});

describe('an INVITE', () => {
  test('carries the headers that it is given, in their order', () => {
    placeWatchedCall(bench.agent, {
      headers: [
        ['P-Asserted-Identity', '<sip:+15559990000@example.com>'],
        ['Privacy', 'id'],
        ['X-Order', '7'],
      ],
    });
    bench.clock.advance(1);
    const { headers } = bench.peer.last('INVITE');
    expect(headers.get('P-Asserted-Identity')).toBe('<sip:+15559990000@example.com>');
    expect([headers.get('Privacy'), headers.get('X-Order')]).toEqual(['id', '7']);
  });

  test.each<[string, string, string]>([
    ['a line break', 'X-A', 'b\r\nX-Evil: 1'],
    ['a name that is none', 'X A', 'b'],
    ['a tag of its own', 'From', '<sip:a@b>;tag=1'],
    ['a compact form of such', 'v', 'SIP/2.0/UDP evil'],
    ['another length', 'content-LENGTH', '0'],
    ['another route', 'Route', '<sip:evil>'],
  ])('is not sent with %s among them', (_, name, value) => {
    expect(() => placeWatchedCall(bench.agent, { headers: [[name, value]] })).toThrow(UnsafeValueError);
    bench.clock.advance(1);
    expect(bench.peer.received).toEqual([]);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('goes over the routes that it is given', () => {
    placeWatchedCall(bench.agent, { routes: ['sip:proxy.example;lr', '<sip:edge.example;lr>;x=1'] });
    bench.clock.advance(1);
    const invite = bench.peer.last('INVITE');
    expect(invite.uri).toBe('sip:+15551112222@192.0.2.2:5070');
    expect(invite.headers.getAll('Route')).toEqual(['<sip:proxy.example;lr>', '<sip:edge.example;lr>;x=1']);
    bench.peer.reply(invite, 486, { toTag: 'b' });
    bench.clock.advance(1);
    expect(bench.peer.last('ACK').headers.getAll('Route')).toEqual(invite.headers.getAll('Route'));
  });

  test('finds a strict router in its Request-URI, and the callee last', () => {
    placeWatchedCall(bench.agent, { routes: ['sip:strict.example', 'sip:loose.example;lr'] });
    bench.clock.advance(1);
    const invite = bench.peer.last('INVITE');
    expect(invite.uri).toBe('sip:strict.example');
    expect(invite.headers.getAll('Route')).toEqual([
      '<sip:loose.example;lr>',
      '<sip:+15551112222@192.0.2.2:5070>',
    ]);
  });

  test.each(['', 'no uri', '<sip:a', 'sip:a>b\r\nX: 1'])('is not sent over the route %j', (route) => {
    expect(() => placeWatchedCall(bench.agent, { routes: [route] })).toThrow(UnsafeValueError);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('names the public host of the call in Via and Contact, and so does what follows', () => {
    const { call } = placeWatchedCall(bench.agent, { publicHost: '198.51.100.9' });
    bench.clock.advance(1);
    bench.answer();
    call.bye();
    bench.clock.advance(1);
    const hosts = ['INVITE', 'ACK', 'BYE'].map((method) => bench.peer.last(method).headers.get('Via'));
    for (const via of hosts) expect(via).toMatch(/^SIP\/2\.0\/UDP 198\.51\.100\.9:5060;/);
    expect(bench.peer.last('INVITE').headers.get('Contact')).toBe('<sip:198.51.100.9:5060>');
  });
});

describe('the Reason of a CANCEL', () => {
  const completed = { protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' };

  test('is said, also when the CANCEL has to wait', () => {
    const { call } = placeWatchedCall(bench.agent);
    call.cancel(completed);
    bench.clock.advance(1);
    expect(bench.peer.requests('CANCEL')).toEqual([]);
    bench.answer('b', 180);
    const reason = bench.peer.last('CANCEL').headers.get('Reason');
    expect(reason).toBe('SIP;cause=200;text="Call completed elsewhere"');
  });

  test('that cannot be written is refused, and the call goes on', () => {
    const { call, told } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    bench.answer('b', 180);
    expect(() => call.cancel({ ...completed, text: 'a\r\nX: 1' })).toThrow(UnsafeValueError);
    bench.clock.advance(1);
    expect(bench.peer.requests('CANCEL')).toEqual([]);
    bench.answer();
    expect(told.at(-1)).toBe('answered 200');
  });
});
