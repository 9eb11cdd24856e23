import { expect, test } from 'vitest';
import { trunkOf } from '../testing/trunk-bench.js';
import { type CallParties, trunkInvite } from './trunk-invite.js';
import { formatTarget, routesOf, whereOf } from './trunk-targets.js';

const OWN = { host: '192.0.2.9', port: 5060 };
const PARTIES: CallParties = {
  to: '+15551230001',
  from: '+15559990000',
  displayName: 'Anna',
  sipHeaders: {},
};

test('without rules the call says what it was asked to say', () => {
  expect(trunkInvite(trunkOf(), PARTIES, OWN)).toEqual({
    requestUri: 'sip:+15551230001@192.0.2.1:5060',
    to: { uri: 'sip:+15551230001@192.0.2.1:5060' },
    from: { uri: 'sip:+15559990000@192.0.2.9:5060', displayName: 'Anna' },
    headers: [],
    reliable: 'supported',
    sessionExpiresSeconds: null,
    followRedirects: false,
  });
});

test.each([
  ['p-asserted-identity', 'P-Asserted-Identity', '"Anna" <sip:15559990000@example.com>'],
  ['p-preferred-identity', 'P-Preferred-Identity', '"Anna" <sip:15559990000@example.com>'],
  [
    'remote-party-id',
    'Remote-Party-ID',
    '"Anna" <sip:15559990000@example.com>;party=calling;screen=yes;privacy=off',
  ],
] as const)('%s tells who calls besides From', (callerIdHeader, name, value) => {
  const trunk = trunkOf({ callerIdHeader, fromDomain: 'example.com', numberFormat: 'no-plus' });
  const invite = trunkInvite(trunk, PARTIES, OWN);
  expect(invite.headers).toEqual([[name, value]]);
  expect(invite.from.uri).toBe('sip:15559990000@example.com');
});

test('a hidden caller is anonymous in From, and the carrier alone is told', () => {
  const hidden = trunkOf({ hideCallerId: true, callerIdHeader: 'remote-party-id' });
  expect(trunkInvite(hidden, PARTIES, OWN)).toMatchObject({
    from: { uri: 'sip:anonymous@anonymous.invalid', displayName: 'Anonymous' },
    headers: [
      ['Remote-Party-ID', expect.stringContaining('privacy=full')],
      ['Privacy', 'id'],
    ],
  });
  expect(trunkInvite(trunkOf({ hideCallerId: true }), PARTIES, OWN).headers).toEqual([['Privacy', 'id']]);
});

test.each([
  ['alice@example.com', 'sip:alice%40example.com@192.0.2.1:5060'],
  ['a;b?c\r\nVia: x', 'sip:a%3Bb%3Fc%0D%0AVia%3A%20x@192.0.2.1:5060'],
  ['ä', 'sip:%C3%A4@192.0.2.1:5060'],
])('%s breaks out of no URI', (to, uri) => {
  expect(trunkInvite(trunkOf(), { ...PARTIES, to }, OWN).requestUri).toBe(uri);
});

test('a trunk that is a name has no port unless it was told, and IPv6 stands in brackets', () => {
  const uriOf = (host: string, port: number | null) =>
    trunkInvite(trunkOf({ host, port }), PARTIES, OWN).requestUri;
  expect(uriOf('carrier.example', null)).toBe('sip:+15551230001@carrier.example');
  expect(uriOf('2001:db8::1', 5070)).toBe('sip:+15551230001@[2001:db8::1]:5070');
  expect(formatTarget({ host: '2001:db8::1', port: 5061, protocol: 'TLS' })).toBe('TLS [2001:db8::1]:5061');
});

test.each([
  ['sip:proxy.example', ['<sip:proxy.example;lr>'], { host: 'proxy.example', port: null, transport: 'udp' }],
  [
    'sip:[2001:db8::9]:5070;transport=TCP;lr',
    ['<sip:[2001:db8::9]:5070;transport=TCP;lr>'],
    { host: '2001:db8::9', port: 5070, transport: 'tcp' },
  ],
  [
    'sips:proxy.example',
    ['<sips:proxy.example;lr>'],
    { host: 'proxy.example', port: null, transport: 'udp', secure: true },
  ],
])('an outbound proxy %s takes the place of the trunk on the way', (outboundProxy, routes, where) => {
  const trunk = trunkOf({ outboundProxy, transport: 'udp' });
  expect(routesOf(trunk)).toEqual(routes);
  expect(whereOf(trunk)).toEqual(where);
});
