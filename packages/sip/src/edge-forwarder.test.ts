import { describe, expect, test } from 'vitest';
import { createUserAgent, type UserAgent } from './agent.js';
import type { SipMessage, SipRequest } from './message.js';
import { SipHeaders } from './message-headers.js';
import { createResponse } from './message-response.js';
import { CALLER, DEVICE, EDGE, EDGE_KEY } from './testing/edge-bench.js';
import { createLossyNetwork } from './testing/lossy-network.js';
import { ScriptedPeer } from './testing/scripted-peer.js';
import { createVirtualClock } from './testing/virtual-clock.js';

const STRANGER = { host: '203.0.113.66', port: 5060 };
const NEIGHBOUR = { host: DEVICE.host, port: 5999 };

interface Wire {
  edge: UserAgent;
  caller: ScriptedPeer;
  device: ScriptedPeer;
  stranger: ScriptedPeer;
  /** At the device's address, another port. */
  neighbour: ScriptedPeer;
  route: string;
  /** Sends a request and lets it arrive. */
  send(from: ScriptedPeer, method: string, parts?: Parts): void;
  refused(): number;
  settle(): void;
}

interface Parts {
  uri?: string;
  route?: string | string[];
  toTag?: string;
  maxForwards?: number | null;
  headers?: string[];
}

function createWire(): Wire {
  const clock = createVirtualClock();
  const network = createLossyNetwork({ clock });
  const edge = createUserAgent({
    transport: network.attach(EDGE),
    clock,
    publicAddress: () => EDGE,
    gate: () => ({ kind: 'drop' }),
    edge: { key: EDGE_KEY, isPeer: ({ host, port }) => host === CALLER.host && port === CALLER.port },
  });
  const peerAt = (at: { host: string; port: number }) => new ScriptedPeer(network, { at, clock, to: EDGE });
  const route = edge.edgeRoute({ source: DEVICE });
  const settle = (): void => clock.advance(10);
  return {
    edge,
    caller: peerAt(CALLER),
    device: peerAt(DEVICE),
    stranger: peerAt(STRANGER),
    neighbour: peerAt(NEIGHBOUR),
    route,
    send: (from, method, parts = {}) => {
      from.sendText(writeRequest(method, { route, ...parts }));
      settle();
    },
    refused: () => edge.counts().edge.refused,
    settle,
  };
}

function writeRequest(method: string, parts: Parts): string[] {
  const { uri = 'sip:bob@10.0.0.5', toTag, maxForwards = 70, headers = [] } = parts;
  const routes = [parts.route ?? []].flat();
  return [
    `${method} ${uri} SIP/2.0`,
    'Via: SIP/2.0/UDP 10.9.9.9:5060;branch=z9hG4bKone;rport',
    ...(maxForwards === null ? [] : [`Max-Forwards: ${maxForwards}`]),
    ...routes.map((route) => `Route: ${route}`),
    'From: <sip:a@example.com>;tag=f',
    `To: <sip:bob@example.com>${toTag === undefined ? '' : `;tag=${toTag}`}`,
    'Call-ID: c',
    `CSeq: 1 ${method}`,
    ...headers,
    'Content-Length: 0',
  ];
}

const TO_CALLER = { uri: `sip:${CALLER.host}:${CALLER.port}`, toTag: 't' };

describe('nothing is passed on', () => {
  test('for a stranger, even with a Route that was overheard', () => {
    const wire = createWire();
    wire.send(wire.stranger, 'INVITE');
    wire.send(wire.stranger, 'BYE', TO_CALLER);
    expect([wire.device.received, wire.caller.received, wire.stranger.received]).toEqual([[], [], []]);
    expect(wire.refused()).toBe(2);
  });

  test('with a Route that is made up, or was made for another agent', () => {
    const wire = createWire();
    const changed = wire.route.replace(/flow-(.)/, (_, first) => `flow-${first === 'A' ? 'B' : 'A'}`);
    wire.send(wire.caller, 'INVITE', { route: changed });
    const elsewhere = wire.edge.edgeRoute({ source: DEVICE, dialerAddress: '192.0.2.77:5060' });
    expect(elsewhere).toContain('@192.0.2.77:5060;lr>');
    wire.send(wire.caller, 'INVITE', { route: elsewhere });
    wire.send(wire.caller, 'INVITE', { route: '<sip:flow-@192.0.2.2:5060;lr>' });
    expect(wire.device.received).toEqual([]);
    expect(wire.caller.received).toEqual([]);
  });

  test('of a device to anybody but an agent of the cluster, and nothing that would begin a dialog', () => {
    const wire = createWire();
    wire.send(wire.device, 'BYE', { uri: `sip:${STRANGER.host}`, toTag: 't' });
    wire.send(wire.device, 'BYE', { uri: 'sip:premium@carrier.example', toTag: 't' });
    wire.send(wire.device, 'INVITE', { uri: TO_CALLER.uri });
    wire.send(wire.device, 'ACK', { uri: `sip:${STRANGER.host}`, toTag: 't' });
    expect(wire.device.statuses('BYE')).toEqual([481, 481]);
    expect(wire.device.received).toHaveLength(2);
    expect([wire.stranger.received, wire.caller.received]).toEqual([[], []]);
    expect(wire.refused()).toBe(4);
  });

  test.each([
    ['when its hops are used up', { maxForwards: 0 }, 483],
    ['when it was here before', { headers: ['Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKflow-AAAA'] }, 482],
    ['when it asks proxies for more than we can', { headers: ['Proxy-Require: foo'] }, 420],
  ])('%s', (_, parts, status) => {
    const wire = createWire();
    wire.send(wire.caller, 'INVITE', parts);
    wire.send(wire.caller, 'ACK', parts);
    expect(wire.caller.statuses('INVITE')).toEqual([status]);
    expect(wire.caller.received).toHaveLength(1);
    expect(wire.device.received).toEqual([]);
  });

  test('of responses whose way back was not written by us', () => {
    const wire = createWire();
    wire.send(wire.caller, 'OPTIONS');
    const forwarded = wire.device.last('OPTIONS');
    const respond = (change: (via: string[]) => string[]): void => {
      const request: SipRequest = { ...forwarded, headers: copyWithVias(forwarded, change) };
      wire.device.reply(request, 200);
      wire.settle();
    };
    respond(([ours = '', theirs = '']) => [ours, theirs.replace('10.9.9.9', '10.9.9.8')]);
    respond(([ours = '', theirs = '']) => [ours.replace('flow-', 'flow-x'), theirs]);
    respond(([ours = '']) => [ours]);
    expect(wire.caller.received).toEqual([]);
    expect(wire.refused()).toBe(3);
    respond((vias) => vias);
    expect(wire.caller.statuses('OPTIONS')).toEqual([200]);
  });
});

describe('passed on is', () => {
  test('what a device says in a dialog, also when its NAT has given it another port', () => {
    const wire = createWire();
    wire.send(wire.device, 'BYE', TO_CALLER);
    wire.send(wire.neighbour, 'BYE', TO_CALLER);
    expect(wire.caller.requests('BYE')).toHaveLength(2);
    const bye = wire.caller.last('BYE');
    wire.caller.reply(bye, 200);
    wire.settle();
    expect(wire.neighbour.statuses('BYE')).toEqual([200]);
    expect(wire.neighbour.responses('BYE')[0]?.headers.getAll('Via')).toHaveLength(1);
  });

  test('a request with other routes behind ours, which are kept for the device', () => {
    const wire = createWire();
    wire.send(wire.caller, 'OPTIONS', { route: [wire.route, wire.route, '<sip:10.0.0.1;lr>'] });
    expect(wire.device.last('OPTIONS').headers.getAll('Route')).toEqual(['<sip:10.0.0.1;lr>']);
  });

  test('a request that counts no hops, counted from now on; one that counts too many, cut', () => {
    const wire = createWire();
    for (const maxForwards of [null, 1, 4_000_000_000]) wire.send(wire.caller, 'OPTIONS', { maxForwards });
    expect(wire.device.requests('OPTIONS').map(({ headers }) => headers.get('Max-Forwards'))).toEqual([
      ...['69', '0', '70'],
    ]);
  });

  test('a body, byte for byte', () => {
    const wire = createWire();
    const body = Buffer.from([0, 1, 2, 0x0d, 0x0a, 0xff, 0xe9]);
    const [message] = [{ ...createMessage(wire), body }];
    wire.caller.send(message);
    wire.settle();
    expect(wire.device.last('MESSAGE').body).toEqual(body);
    wire.device.send({ ...createResponse(wire.device.last('MESSAGE'), 200), body });
    wire.settle();
    expect(wire.caller.responses('MESSAGE')[0]?.body).toEqual(body);
  });

  test('each retransmission with the same branch, and nothing is kept of any', () => {
    const wire = createWire();
    for (let copy = 0; copy < 3; copy++) wire.send(wire.caller, 'INVITE');
    expect(new Set(wire.device.requests('INVITE').map(({ headers }) => headers.get('Via'))).size).toBe(1);
    expect(wire.edge.counts()).toMatchObject({
      serverTransactions: 0,
      clientTransactions: 0,
      edge: { forwardedRequests: 3, refused: 0 },
    });
  });
});

test('an agent without an edge has no route to give', () => {
  const clock = createVirtualClock();
  const transport = createLossyNetwork({ clock }).attach(EDGE);
  const agent = createUserAgent({ transport, clock, publicAddress: () => EDGE });
  expect(() => agent.edgeRoute({ source: DEVICE })).toThrow(TypeError);
});

function createMessage(wire: Wire): SipRequest {
  wire.send(wire.caller, 'MESSAGE');
  const received = wire.device.last('MESSAGE');
  const headers = copyWithVias(received, ([, theirs = '']) => [theirs]);
  return { ...received, headers: headers.prepend('Route', wire.route) };
}

function copyWithVias(message: SipMessage, change: (vias: string[]) => string[]) {
  const { headers } = message;
  const vias = change(headers.getAll('Via'));
  const copy = new SipHeaders();
  for (const via of vias) copy.append('Via', via);
  for (const [name, value] of headers) if (name !== 'Via') copy.append(name, value);
  return copy;
}
