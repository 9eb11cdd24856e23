import { beforeEach, describe, expect, test } from 'vitest';
import { routeFor } from './dialog-route.js';
import { type AgentBench, createAgentBench, PEER_ADDRESS, placeWatchedCall } from './testing/agent-bench.js';
import { ScriptedPeer } from './testing/scripted-peer.js';
import type { SipAddress } from './transport.js';

let bench: AgentBench;

beforeEach(() => {
  bench = createAgentBench();
});

describe('routes', () => {
  const proxies = ['<sip:192.0.2.11:5061;lr>', '<sip:p2.example.com;lr>'];
  const recordRoutes = proxies.map((route): [string, string] => ['Record-Route', route]);
  let proxy: ScriptedPeer;

  beforeEach(() => {
    const at = { host: '192.0.2.11', port: 5061 };
    proxy = new ScriptedPeer(bench.network, { at, clock: bench.clock, to: PEER_ADDRESS });
  });

  test('Record-Route is followed in reverse; a first route that is a name goes the way of the INVITE', () => {
    placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    bench.answer('b', 200, recordRoutes);
    const ack = bench.peer.last('ACK');
    expect(ack.headers.getAll('Route')).toEqual([...proxies].reverse());
    expect(ack.uri).toBe('sip:peer@192.0.2.2:5070');
  });

  test('what follows goes to the address of the first route', () => {
    const { call } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    bench.answer('b', 200, [...recordRoutes].reverse());
    call.bye();
    bench.clock.advance(1);
    expect(proxy.summary()).toEqual(['ACK', 'BYE']);
    expect(proxy.last('BYE').headers.getAll('Route')).toEqual(proxies);
  });

  test('a strict router finds itself in the Request-URI and the target last', () => {
    placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    bench.answer('b', 200, [
      ['Record-Route', '<sip:p2.example.com;lr>'],
      ['Record-Route', '<sip:192.0.2.11:5061>'],
    ]);
    const ack = proxy.last('ACK');
    expect(ack.uri).toBe('sip:192.0.2.11:5061');
    expect(ack.headers.getAll('Route')).toEqual(['<sip:p2.example.com;lr>', '<sip:peer@192.0.2.2:5070>']);
  });

  test.each([
    ['a lone semicolon', '<sip:peer@192.0.2.12:5062;>', 'sip:peer@192.0.2.12:5062;'],
    ['an empty user', '<sip:@192.0.2.12:5062>', 'sip:@192.0.2.12:5062'],
    ['a parameter twice', '<sip:peer@192.0.2.12:5062>;a=1;a=2', 'sip:peer@192.0.2.12:5062'],
    ['spaces', '< sip:peer@192.0.2.12:5062 >', 'sip:peer@192.0.2.12:5062'],
    ['a comma behind it', '<sip:peer@192.0.2.12:5062>,', 'sip:peer@192.0.2.12:5062'],
    ['a comma before it', ',<sip:peer@192.0.2.12:5062>', 'sip:peer@192.0.2.12:5062'],
  ])('an answer whose Contact has %s is an answer, and is acknowledged there', (_, contact, uri) => {
    const { told } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    bench.peer.reply(bench.peer.last('INVITE'), 200, { toTag: 'b', headers: [['Contact', contact]] });
    bench.clock.advance(1);
    expect(told).toEqual(['sent', 'answered 200']);
    const ack = bench.network.sent.at(-1);
    expect(ack?.text).toMatch(`ACK ${uri} SIP/2.0\r\n`);
    expect(ack?.to).toEqual({ host: '192.0.2.12', port: 5062 });
  });

  test('an answer whose Record-Route is sloppy is followed all the same, and what is no route is left out', () => {
    const { told } = placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    bench.answer('b', 200, [
      ['Record-Route', '<sip:p2.example.com;lr>;x;x'],
      ['Record-Route', '< sip:192.0.2.11:5061;lr >,'],
      ['Record-Route', '<sip:a b>'],
    ]);
    expect(told).toEqual(['sent', 'answered 200']);
    expect(proxy.last('ACK').headers.getAll('Route')).toEqual([
      '<sip:192.0.2.11:5061;lr>',
      '<sip:p2.example.com;lr>',
    ]);
  });

  test('without routes the Contact is where the dialog goes on', () => {
    placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    bench.peer.reply(bench.peer.last('INVITE'), 200, {
      toTag: 'b',
      headers: [['Contact', '<sip:peer@192.0.2.11:5061>']],
    });
    bench.clock.advance(1);
    expect(proxy.summary()).toEqual(['ACK']);
  });
});

describe('the next hop', () => {
  const udp: SipAddress = { host: '192.0.2.2', port: 5070 };
  const tls: SipAddress = { ...udp, protocol: 'TLS', serverName: 'trunk.example', connection: 'c1' };
  const tcp: SipAddress = { ...udp, protocol: 'TCP', connection: 'c2' };

  test.each<[string, string, SipAddress, SipAddress]>([
    ['is the number that the target names', 'sip:a@192.0.2.9', udp, { host: '192.0.2.9', port: 5060 }],
    ['may be IPv6', 'sip:a@[2001:db8::1]:5071', udp, { host: '2001:db8::1', port: 5071 }],
    ['goes on over the same stream of the same host', 'sip:a@192.0.2.2:5070', tls, tls],
    ['knows the ports of protocols', 'sip:a@192.0.2.2;transport=TLS', tls, { ...tls, port: 5061 }],
    [
      'is another host of the same trunk, by its certificate',
      'sip:a@192.0.2.9;transport=tls',
      tls,
      { host: '192.0.2.9', port: 5061, protocol: 'TLS', serverName: 'trunk.example' },
    ],
    ['leaves the protocol where that is said', 'sip:a@192.0.2.2:5070;transport=udp', tcp, udp],
    [
      'stays under TLS, which began so, at another host too',
      'sip:a@192.0.2.9:5071',
      tls,
      { host: '192.0.2.9', port: 5071, protocol: 'TLS', serverName: 'trunk.example' },
    ],
    [
      'goes in clear where that is asked for',
      'sip:a@192.0.2.9;transport=udp',
      tls,
      { host: '192.0.2.9', port: 5060 },
    ],
    ['is secured for sips', 'sips:a@192.0.2.9', udp, { host: '192.0.2.9', port: 5061, protocol: 'TLS' }],
    ['stays where it was for a transport that is not ours', 'sip:a@192.0.2.9;transport=ws', udp, udp],
    ['stays where it was for a name', 'sip:a@phone.example;transport=tcp', tcp, tcp],
    ['stays where it was for a phone behind NAT', 'sip:a@192.168.1.7:5060;transport=tcp', tcp, tcp],
    ['stays where it was for one that knows only itself', 'sip:a@127.0.0.1', udp, udp],
  ])('%s', (_, target, began, hop) => {
    expect(routeFor([], target, began).nextHop).toEqual(hop);
  });

  test('is the private address when the dialog began in a private network', () => {
    const near = { host: '10.0.0.5', port: 5060 };
    expect(routeFor([], 'sip:a@192.168.1.7', near).nextHop).toEqual({ host: '192.168.1.7', port: 5060 });
  });

  test('may be a router with a stream of its own', () => {
    const { nextHop } = routeFor(['<sip:192.0.2.8:5080;transport=tcp;lr>'], 'sip:a@192.0.2.9', udp);
    expect(nextHop).toEqual({ host: '192.0.2.8', port: 5080, protocol: 'TCP' });
  });
});
