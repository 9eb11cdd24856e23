import { createUserAgent } from '@trunkline/sip';
import { createLossyNetwork, createVirtualClock } from '@trunkline/sip/testing';
import { expect, test } from 'vitest';
import { createHangUpLost } from './hang-up-lost.js';
import { DIALOG } from './testing/call-bench.js';
import { queuedRecord } from './testing/queued-record.js';

const US = { host: '192.0.2.9', port: 5060 };
/** Where the dialog goes on: no trunk's own address. */
const PROXY = { host: '198.51.100.20', port: 5099 };
const DIALOG_BEHIND_PROXY = {
  ...DIALOG,
  remoteUri: 'sip:+15551230001@carrier.example:5080',
  remoteTarget: 'sip:phone@198.51.100.20:5099',
  nextHop: PROXY,
};

/** A far end that asks for credentials, and takes any. */
function openFarEnd() {
  const clock = createVirtualClock();
  const network = createLossyNetwork({ clock, delayMs: { from: 0, to: 0 } });
  const agent = createUserAgent({ transport: network.attach(US), clock, publicAddress: () => US });
  const farEnd = network.attach(PROXY);
  const authorizations: (string | null)[] = [];
  farEnd.onMessage((data) => {
    const lines = data.toString('utf8').split('\r\n');
    const authorization = lines.find((line) => line.startsWith('Authorization:')) ?? null;
    authorizations.push(authorization);
    const challenge = 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth", algorithm=MD5';
    const head = authorization ? ['SIP/2.0 200 OK'] : ['SIP/2.0 401 Unauthorized', challenge];
    const copied = lines.filter((line) => /^(Via|From|To|Call-ID|CSeq):/.test(line));
    farEnd.send(Buffer.from(`${[...head, ...copied, 'Content-Length: 0'].join('\r\n')}\r\n\r\n`), US);
  });
  const openPassword = (sealed: string) => {
    if (sealed !== 'sealed') throw new Error('it cannot be opened');
    return 'hush';
  };
  return { clock, agent, openPassword, authorizations };
}

const { call } = queuedRecord({ status: 'in-progress' });
const RIGHT = { host: 'Carrier.example', port: 5080, credentials: { username: 'right', password: 'hush' } };

function callWith(username: string, passwordSealed: string) {
  return { ...call, instructions: { ...call.instructions, sipAuth: { username, passwordSealed } } };
}

test('a challenged BYE gets the credentials of the trunk that was called, wherever the dialog goes on', async () => {
  const { clock, authorizations, ...farEnd } = openFarEnd();
  const trunks = [
    { host: '198.51.100.20', port: 5060, credentials: { username: 'other-host', password: 'x' } },
    { host: 'carrier.example', port: 5060, credentials: { username: 'other-port', password: 'x' } },
    RIGHT,
  ];
  const done = createHangUpLost({ ...farEnd, trunks })(DIALOG_BEHIND_PROXY, call);
  clock.advance(10);
  await done;
  expect(authorizations).toEqual([null, expect.stringContaining('username="right"')]);
});

test('a trunk that is configured no longer has no credentials: the BYE is sent all the same', async () => {
  const { clock, authorizations, ...farEnd } = openFarEnd();
  const trunks = [{ host: '192.0.2.1', port: 5060 }];
  const done = createHangUpLost({ ...farEnd, trunks })(DIALOG_BEHIND_PROXY, call);
  clock.advance(10);
  await done;
  expect(authorizations).toEqual([null]);
});

test.each([
  ['its own credentials, when it has some', callWith('own', 'sealed'), 'own'],
  ["the trunk's, when its own cannot be opened", callWith('own', 'with another key'), 'right'],
])('a challenged BYE of a call gets %s', async (_, own, username) => {
  const { clock, authorizations, ...farEnd } = openFarEnd();
  const done = createHangUpLost({ ...farEnd, trunks: [RIGHT] })(DIALOG_BEHIND_PROXY, own);
  clock.advance(10);
  await done;
  expect(authorizations[1]).toContain(`username="${username}"`);
});
