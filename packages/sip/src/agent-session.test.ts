import { beforeEach, describe, expect, test } from 'vitest';
import type { OutgoingCallHandlers } from './agent-call.js';
import type { DialogState } from './dialog.js';
import { cseqOf } from './message-fields.js';
import {
  type AgentBench,
  createAgentBench,
  NOTHING_LEFT,
  OFFER,
  PEER_ADDRESS,
  placeWatchedCall,
} from './testing/agent-bench.js';
import { tagIn } from './testing/read-message.js';
import { ScriptedPeer } from './testing/scripted-peer.js';

let bench: AgentBench;

beforeEach(() => {
  bench = createAgentBench();
});

describe('in the dialog', () => {
  let offers: string[];
  let give: string | null;

  beforeEach(() => {
    offers = [];
    give = 'v=0\r\ns=answer\r\n';
  });

  function talk(also: Partial<OutgoingCallHandlers> = {}) {
    const onReinvite = (offer: string): string | null => {
      offers.push(offer);
      return give;
    };
    const watched = placeWatchedCall(bench.agent, { also: { onReinvite, ...also } });
    bench.clock.advance(1);
    bench.answer();
    return watched;
  }

  test('a re-INVITE is answered, and its 200 repeated until the ACK', () => {
    talk();
    bench.requestInDialog('INVITE', 1, { body: OFFER });
    bench.clock.advance(3999);
    expect(offers).toEqual([OFFER]);
    expect(bench.peer.statuses('INVITE')).toEqual([200, 200, 200, 200]);
    expect(bench.peer.responses('INVITE')[0]?.body.toString()).toBe(give);
    bench.requestInDialog('ACK', 1);
    bench.clock.advance(60_000);
    expect(bench.peer.statuses('INVITE')).toHaveLength(4);
  });

  test('one without an offer asks for ours', () => {
    talk();
    bench.requestInDialog('INVITE', 1);
    expect(offers).toEqual(['']);
    expect(bench.peer.responses('INVITE')[0]?.body.toString()).toBe(give);
  });

  test('the answer to ours comes up once, with the ACK', () => {
    const answers: string[] = [];
    const { ends } = talk({ onReinviteAnswer: (sdp) => answers.push(sdp) });
    bench.requestInDialog('INVITE', 1);
    for (let times = 0; times < 2; times++) bench.requestInDialog('ACK', 1, { body: 'their answer' });
    bench.requestInDialog('INVITE', 2, { body: OFFER });
    bench.requestInDialog('ACK', 2, { body: 'an answer to nothing' });
    expect(answers).toEqual(['their answer']);
    expect(bench.peer.requests('BYE')).toEqual([]);
    expect(ends).toEqual([]);
  });

  test('an ACK without the answer to ours ends the call', () => {
    const { ends } = talk();
    bench.requestInDialog('INVITE', 1);
    bench.requestInDialog('ACK', 1);
    bench.peer.reply(bench.peer.last('BYE'), 200);
    bench.clock.advance(1);
    expect(ends).toEqual([{ kind: 'bye', side: 'local', q850: null, status: 200 }]);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('an answer that is no good ends the call, and is a fault', () => {
    talk({
      onReinviteAnswer: () => {
        throw new Error('no codec');
      },
    });
    bench.requestInDialog('INVITE', 1);
    bench.requestInDialog('ACK', 1, { body: 'their answer' });
    expect(bench.peer.requests('BYE')).toHaveLength(1);
    expect(bench.faults.map(({ error }) => error.message)).toEqual(['no codec']);
  });

  test('one that the handler refuses is 488, and the call goes on', () => {
    const { ends } = talk();
    give = null;
    bench.requestInDialog('INVITE', 1, { body: OFFER });
    bench.requestInDialog('UPDATE', 2, { body: OFFER });
    expect(bench.peer.statuses('INVITE')).toEqual([488]);
    expect(bench.peer.statuses('UPDATE')).toEqual([488]);
    expect(ends).toEqual([]);
  });

  test('one that comes before the last was acknowledged is put off', () => {
    talk();
    bench.requestInDialog('INVITE', 1, { body: OFFER });
    bench.requestInDialog('INVITE', 2, { body: OFFER });
    expect(bench.peer.statuses('INVITE')).toEqual([200, 500]);
    expect(bench.peer.responses('INVITE')[1]?.headers.get('Retry-After')).toMatch(/^([0-9]|10)$/);
  });

  test('an offer while ours is open is glare', () => {
    placeWatchedCall(bench.agent);
    bench.clock.advance(1);
    bench.answer('b', 180);
    bench.requestInDialog('INVITE', 1, { body: OFFER });
    bench.requestInDialog('UPDATE', 2, { body: OFFER });
    expect(bench.peer.statuses('INVITE')).toEqual([491]);
    expect(bench.peer.statuses('UPDATE')).toEqual([491]);
  });

  test('one that is never acknowledged ends the call', () => {
    const { ends } = talk();
    bench.requestInDialog('INVITE', 1, { body: OFFER });
    bench.clock.advance(32_000);
    expect(ends).toEqual([{ kind: 'dialog-lost' }]);
    expect(bench.peer.requests('BYE').length).toBeGreaterThan(0);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('a handler that throws is a 500 and a fault, and the call goes on', () => {
    const { ends } = placeWatchedCall(bench.agent, {
      also: {
        onReinvite: () => {
          throw new Error('broken');
        },
      },
    });
    bench.clock.advance(1);
    bench.answer();
    bench.requestInDialog('INVITE', 1, { body: OFFER });
    expect(bench.peer.statuses('INVITE')).toEqual([500]);
    expect(bench.faults.map(({ error }) => error.message)).toEqual(['broken']);
    expect(ends).toEqual([]);
  });

  test.each([
    ['UPDATE with an offer', 'UPDATE', OFFER, [], 200],
    ['UPDATE without one', 'UPDATE', '', [], 200],
    ['OPTIONS', 'OPTIONS', '', [], 200],
    ['INFO without a body', 'INFO', '', [], 200],
    ['INFO with what we do not read', 'INFO', OFFER, [], 415],
    ['a known method that we do not offer', 'SUBSCRIBE', '', [], 405],
    ['an unknown method', 'DANCE', '', [], 501],
    ['a method in lower case', 'bye', '', [], 501],
    ['an extension that we do not have', 'INFO', '', [['Require', 'timer, sec-agree, 100rel']], 420],
  ] as const)('%s', (_, method, body, headers, status) => {
    const { ends } = talk();
    bench.requestInDialog(method, 1, { body, headers: headers.map(([name, value]) => [name, value]) });
    expect(bench.peer.statuses(method)).toEqual([status]);
    const response = bench.peer.responses(method)[0];
    if (status === 420) expect(response?.headers.get('Unsupported')).toBe('sec-agree');
    if (status === 405 || status === 501) expect(response?.headers.get('Allow')).toContain('INVITE');
    expect(ends).toEqual([]);
  });

  test('a request that is older than the last is refused', () => {
    talk();
    bench.requestInDialog('INFO', 7);
    bench.requestInDialog('OPTIONS', 3);
    expect(bench.peer.statuses('OPTIONS')).toEqual([500]);
  });

  test('BYE is confirmed with its cause, also while ours is under way', () => {
    const { call, ends } = talk();
    call.bye();
    bench.requestInDialog('BYE', 1, { headers: [['Reason', 'Q.850;cause=31']] });
    expect(bench.peer.statuses('BYE')).toEqual([200]);
    bench.peer.reply(bench.peer.last('BYE'), 481);
    bench.clock.advance(1);
    expect(ends).toEqual([{ kind: 'bye', side: 'local', q850: null, status: 481 }]);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('the far end hangs up and says why', () => {
    const { ends } = talk();
    bench.requestInDialog('BYE', 1, { headers: [['Reason', 'Q.850;cause=31']] });
    expect(ends).toEqual([{ kind: 'bye', side: 'remote', q850: 31, status: null }]);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('a new Contact is where the BYE goes', () => {
    const { call } = talk();
    const at = { host: '192.0.2.33', port: 5099 };
    const moved = new ScriptedPeer(bench.network, { at, clock: bench.clock, to: PEER_ADDRESS });
    const invite = bench.peer.last('INVITE');
    const text = [
      'UPDATE sip:203.0.113.1:5060 SIP/2.0',
      'Via: SIP/2.0/UDP 192.0.2.2:5070;branch=z9hG4bKmoved;rport',
      `From: ${invite.headers.get('To')};tag=b`,
      `To: ${invite.headers.get('From')}`,
      `Call-ID: ${invite.headers.get('Call-ID')}`,
      'CSeq: 1 UPDATE',
      'Contact: <sip:peer@192.0.2.33:5099>',
      'Content-Length: 0',
    ];
    bench.peer.sendText(text);
    bench.clock.advance(1);
    call.bye();
    bench.clock.advance(1);
    expect(moved.summary()).toEqual(['BYE']);
    expect(moved.last('BYE').uri).toBe('sip:peer@192.0.2.33:5099');
  });
});

test('another process can hang up with what the answer told', async () => {
  let dialog: DialogState | undefined;
  placeWatchedCall(bench.agent, {
    also: {
      onAnswered: (told) => {
        dialog = told.dialog;
      },
    },
  });
  bench.clock.advance(1);
  bench.answer();
  const other = createAgentBench();
  const stored = JSON.parse(JSON.stringify(dialog)) as DialogState;
  expect(stored).toMatchObject({
    remoteTag: 'b',
    remoteTarget: 'sip:peer@192.0.2.2:5070',
    nextHop: PEER_ADDRESS,
  });
  const done = other.agent.byeOnDialog(stored, 16);
  other.clock.advance(1);
  const bye = other.peer.last('BYE');
  expect(bye.headers.get('Call-ID')).toBe(stored.callId);
  expect(cseqOf(bye).number).toBe(stored.localCSeq + 1);
  expect([tagIn(bye, 'From'), tagIn(bye, 'To')]).toEqual([stored.localTag, 'b']);
  other.peer.reply(bye, 200);
  other.clock.advance(1);
  await done;
});
