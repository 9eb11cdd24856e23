import type { Call, DialogIdentifiers, Trunk } from '@trunkline/contracts';
import { createUserAgent } from '@trunkline/sip';
import { createLossyNetwork, createVirtualClock } from '@trunkline/sip/testing';
import { expect, test } from 'vitest';
import { AttemptList } from '../call/attempts.js';
import { DIALOG } from '../testing/call-bench.js';
import { queuedRecord } from '../testing/queued-record.js';
import { trunkOf } from '../testing/trunk-bench.js';
import { createHangUpLost } from './hang-up-lost.js';

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

const RIGHT = trunkOf({ username: 'right', passwordSealed: 'hush' });
const OTHER = trunkOf({ username: 'other', passwordSealed: 'x' });
const call = callOver(OTHER, RIGHT);

/** An answered call that these were tried for. */
function callOver(...tried: Trunk[]): Call {
  const list = new AttemptList();
  for (const { name: trunk, sid: trunkSid } of tried)
    list.begin({ trunk, trunkSid, target: null, why: '' }, '2026-11-24T12:00:00.000Z');
  return queuedRecord({ status: 'in-progress', attempts: list.all() }).call;
}

function callWith(username: string, passwordSealed: string): Call {
  return { ...call, instructions: { ...call.instructions, sipAuth: { username, passwordSealed } } };
}

const trunksOf = (...known: Trunk[]) => ({
  find: (sid: string) => known.find((trunk) => trunk.sid === sid) ?? null,
  credentialsOf: ({ username, passwordSealed }: Trunk) =>
    username === null ? null : { username, password: passwordSealed ?? '' },
});

test('a challenged BYE gets the credentials of the trunk that was called, wherever the dialog goes on', async () => {
  const { clock, authorizations, ...farEnd } = openFarEnd();
  const done = createHangUpLost({ ...farEnd, trunks: trunksOf(OTHER, RIGHT) })(DIALOG_BEHIND_PROXY, call);
  clock.advance(10);
  await done;
  expect(authorizations).toEqual([null, expect.stringContaining('username="right"')]);
});

test('a trunk that is gone has no credentials: the BYE is sent all the same', async () => {
  const { clock, authorizations, ...farEnd } = openFarEnd();
  const done = createHangUpLost({ ...farEnd, trunks: trunksOf(OTHER) })(DIALOG_BEHIND_PROXY, call);
  clock.advance(10);
  await done;
  expect(authorizations).toEqual([null]);
});

test('a stream of the lost dialer is not asked for: the BYE goes to the address', async () => {
  const dialogs: DialogIdentifiers[] = [];
  const agent = { byeOnDialog: async (dialog: DialogIdentifiers) => void dialogs.push(dialog) };
  const nextHop = { ...PROXY, protocol: 'TLS', serverName: 'carrier.example', connection: 'c7' } as const;
  const hangUp = createHangUpLost({ agent, trunks: trunksOf(), openPassword: () => '' });
  await hangUp({ ...DIALOG_BEHIND_PROXY, nextHop }, call);
  expect(dialogs[0]?.nextHop).toEqual({ ...PROXY, protocol: 'TLS', serverName: 'carrier.example' });
});

test.each([
  ['its own credentials, when it has some', callWith('own', 'sealed'), 'own'],
  ["the trunk's, when its own cannot be opened", callWith('own', 'with another key'), 'right'],
])('a challenged BYE of a call gets %s', async (_, own, username) => {
  const { clock, authorizations, ...farEnd } = openFarEnd();
  const done = createHangUpLost({ ...farEnd, trunks: trunksOf(RIGHT) })(DIALOG_BEHIND_PROXY, own);
  clock.advance(10);
  await done;
  expect(authorizations[1]).toContain(`username="${username}"`);
});
