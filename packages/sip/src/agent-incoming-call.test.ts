import { beforeEach, describe, expect, test } from 'vitest';
import { tagOf } from './parse-name-addr.js';
import { NOTHING_LEFT, NOTHING_OPEN, OFFER } from './testing/agent-bench.js';
import { createIncomingBench, type IncomingBench } from './testing/incoming-bench.js';

let bench: IncomingBench;

beforeEach(() => {
  bench = createIncomingBench();
});

test('a call from INVITE to the BYE of the caller', () => {
  const call = bench.invite({
    headers: ['Record-Route: <sip:192.0.2.2:5070;lr>', 'Record-Route: <sip:p.example.com;lr>'],
  });
  expect(call).toMatchObject({
    callId: 'one@192.0.2.2',
    calledUser: '+1555',
    callerUser: 'bob',
    offer: OFFER,
  });
  call.ring();
  call.ring({ status: 183, body: 'early' });
  call.answer('answer');
  bench.clock.advance(0);
  expect(bench.peer.statuses('INVITE')).toEqual([180, 183, 200]);
  const [ringing, early, ok] = bench.peer.responses('INVITE');
  for (const response of [ringing, early, ok]) {
    expect(tagOf(response?.headers.get('To') ?? '')).toBe(bench.localTag());
    expect(response?.headers.getAll('Record-Route')).toEqual([
      '<sip:192.0.2.2:5070;lr>',
      '<sip:p.example.com;lr>',
    ]);
    expect(response?.headers.get('Contact')).toBe('<sip:203.0.113.1:5060>');
  }
  expect([early?.body.toString(), ok?.body.toString()]).toEqual(['early', 'answer']);
  expect(ok?.headers.get('Allow')).toContain('INVITE');
  bench.send('ACK', { branch: 'z9hG4bK2', toTag: bench.localTag() });
  bench.send('BYE', { branch: 'z9hG4bK3', toTag: bench.localTag(), cseq: 2 });
  expect(bench.peer.statuses('BYE')).toEqual([200]);
  expect(bench.ends).toEqual([{ kind: 'bye-remote', q850: null }]);
  expect(bench.rest()).toEqual(NOTHING_LEFT);
});

test('we hang up, over the route in its order', () => {
  const call = bench.invite({ headers: ['Record-Route: <sip:192.0.2.2:5070;lr>, <sip:p.example.com;lr>'] });
  call.answer('answer');
  bench.clock.advance(0);
  bench.send('ACK', { branch: 'z9hG4bK2', toTag: bench.localTag() });
  call.bye(16);
  bench.clock.advance(0);
  const bye = bench.peer.last('BYE');
  expect(bye.headers.getAll('Route')).toEqual(['<sip:192.0.2.2:5070;lr>', '<sip:p.example.com;lr>']);
  expect(bye.uri).toBe('sip:bob@192.0.2.2:5070');
  expect(bye.headers.get('To')).toBe('<sip:bob@192.0.2.2>;tag=a');
  bench.peer.reply(bye, 200);
  bench.clock.advance(0);
  expect(bench.ends).toEqual([{ kind: 'bye-local', q850: 16 }]);
  expect(bench.rest()).toEqual(NOTHING_LEFT);
});

test('100 comes after 200 ms when nothing else was said', () => {
  bench.invite();
  bench.clock.advance(199);
  expect(bench.peer.received).toEqual([]);
  bench.clock.advance(1);
  expect(bench.peer.statuses('INVITE')).toEqual([100]);
  expect(bench.localTag()).toBe('');
});

test('a repeated INVITE gets the last response again and is one call', () => {
  const call = bench.invite();
  call.ring();
  bench.invite();
  bench.invite();
  expect(bench.peer.statuses('INVITE')).toEqual([180, 180, 180]);
  expect(bench.calls).toHaveLength(1);
});

test('the 200 is repeated at exactly these times, and without an ACK the call is hung up on', () => {
  const call = bench.invite();
  call.answer('answer');
  bench.clock.advance(32_000);
  expect(bench.peer.times(200)).toEqual([
    0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
  ]);
  expect(bench.peer.times('BYE')[0]).toBe(32_000);
  expect(bench.ends).toEqual([{ kind: 'lost', q850: null }]);
  expect(bench.rest()).toEqual(NOTHING_LEFT);
});

test('the ACK ends the repetition and is told once', () => {
  const call = bench.invite();
  let acked = 0;
  call.handlers.onAnswerAcked = () => {
    acked += 1;
  };
  call.answer('answer');
  bench.clock.advance(600);
  for (const branch of ['z9hG4bK2', 'z9hG4bK2']) bench.send('ACK', { branch, toTag: bench.localTag() });
  bench.clock.advance(60_000);
  expect(bench.peer.times(200)).toEqual([0, 500]);
  expect(acked).toBe(1);
});

describe('an INVITE without an offer', () => {
  let acks: (string | null)[];

  beforeEach(() => {
    acks = [];
    const call = bench.invite({ body: '' });
    call.handlers.onAnswerAcked = (sdp) => {
      acks.push(sdp);
      if (sdp === 'bad') throw new Error('no codec');
    };
    call.answer('our offer');
    bench.clock.advance(0);
  });

  test('has its answer in the ACK', () => {
    bench.send('ACK', { branch: 'z9hG4bK2', toTag: bench.localTag(), body: 'their answer' });
    expect(acks).toEqual(['their answer']);
    expect(bench.peer.requests('BYE')).toEqual([]);
  });

  test('is hung up on when the ACK has none', () => {
    bench.send('ACK', { branch: 'z9hG4bK2', toTag: bench.localTag() });
    expect(acks).toEqual([]);
    bench.peer.reply(bench.peer.last('BYE'), 200);
    bench.clock.advance(0);
    expect(bench.ends).toEqual([{ kind: 'bye-local', q850: 16 }]);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('is hung up on when its answer is no good', () => {
    bench.send('ACK', { branch: 'z9hG4bK2', toTag: bench.localTag(), body: 'bad' });
    expect(bench.peer.requests('BYE')).toHaveLength(1);
    expect(bench.faults.map(({ error }) => error.message)).toEqual(['no codec']);
  });
});

test('the ACK of an answer to an offer has nothing to say', () => {
  const acks: (string | null)[] = [];
  const call = bench.invite();
  call.handlers.onAnswerAcked = (sdp) => acks.push(sdp);
  call.answer('answer');
  bench.clock.advance(0);
  bench.send('ACK', { branch: 'z9hG4bK2', toTag: bench.localTag(), body: 'stray' });
  expect(acks).toEqual([null]);
});

test('the ACK of a peer that reuses the branch of its INVITE is one too', () => {
  bench.invite().answer('answer');
  bench.clock.advance(0);
  bench.send('ACK', { branch: 'z9hG4bK1', toTag: bench.localTag() });
  bench.clock.advance(60_000);
  expect(bench.peer.times(200)).toEqual([0]);
});

test('a hang-up before the ACK waits for it', () => {
  const call = bench.invite();
  call.answer('answer');
  call.bye();
  bench.clock.advance(0);
  expect(bench.peer.requests('BYE')).toEqual([]);
  bench.send('ACK', { branch: 'z9hG4bK2', toTag: bench.localTag() });
  expect(bench.peer.requests('BYE')).toHaveLength(1);
});

test('a hang-up after a re-INVITE of theirs waits for nothing', () => {
  const call = bench.invite();
  call.handlers.onReinvite = (offer) => offer;
  call.answer(OFFER);
  bench.clock.advance(0);
  const toTag = bench.localTag();
  bench.send('ACK', { toTag, branch: 'z9hG4bKack1' });
  bench.send('INVITE', { toTag, cseq: 2, branch: 'z9hG4bK2', body: OFFER });
  call.bye();
  bench.clock.advance(0);
  bench.send('ACK', { toTag, cseq: 2, branch: 'z9hG4bKack2' });
  expect(bench.peer.requests('BYE')).toHaveLength(1);
  bench.peer.reply(bench.peer.last('BYE'), 200);
  expect(bench.rest()).toEqual(NOTHING_LEFT);
  expect(bench.ends).toEqual([{ kind: 'bye-local', q850: 16 }]);
});

test('an ACK to nothing does not make us forget what was said', () => {
  bench.invite().ring();
  bench.clock.advance(0);
  bench.send('ACK', { toTag: bench.localTag() });
  bench.invite();
  expect(bench.peer.statuses('INVITE')).toEqual([180, 180]);
});

test('a rejection is repeated at exactly these times until its ACK', () => {
  const call = bench.invite();
  call.reject(486, { headers: [['Reason', 'Q.850;cause=17']] });
  bench.clock.advance(12_000);
  bench.send('ACK', { toTag: bench.localTag() });
  bench.clock.advance(30_000);
  expect(bench.peer.times(486)).toEqual([0, 500, 1500, 3500, 7500, 11_500]);
  expect(bench.peer.responses('INVITE')[0]?.headers.get('Reason')).toBe('Q.850;cause=17');
  expect(bench.ends).toEqual([{ kind: 'rejected', q850: null }]);
  expect(bench.rest()).toEqual(NOTHING_LEFT);
});

test('a rejection that is never acknowledged is forgotten after 32 s', () => {
  bench.invite().reject(486);
  bench.clock.advance(31_999);
  expect(bench.peer.times(486)).toHaveLength(11);
  expect(bench.agent.counts().serverTransactions).toBe(1);
  bench.clock.advance(1);
  expect(bench.agent.counts()).toEqual(NOTHING_OPEN);
});

describe('CANCEL', () => {
  test('gets 200, and the INVITE 487, with one tag', () => {
    bench.invite().ring();
    bench.send('CANCEL');
    expect(bench.peer.statuses('CANCEL')).toEqual([200]);
    expect(bench.peer.statuses('INVITE')).toEqual([180, 487]);
    expect(tagOf(bench.peer.responses('CANCEL')[0]?.headers.get('To') ?? '')).toBe(bench.localTag());
    expect(bench.ends).toEqual([{ kind: 'canceled', q850: null }]);
    bench.send('ACK', { toTag: bench.localTag() });
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('after the answer changes nothing', () => {
    bench.invite().answer('answer');
    bench.send('CANCEL');
    expect(bench.peer.statuses('CANCEL')).toEqual([200]);
    expect(bench.ends).toEqual([]);
  });

  test('of nothing is 481', () => {
    bench.send('CANCEL');
    expect(bench.peer.statuses('CANCEL')).toEqual([481]);
  });
});

test('an ignored call is silence, however often it comes, and is forgotten', () => {
  bench.invite().ignore();
  bench.clock.advance(1000);
  bench.invite();
  bench.send('CANCEL');
  bench.clock.advance(1000);
  expect(bench.peer.received).toEqual([]);
  expect(bench.calls).toHaveLength(1);
  expect(bench.ends).toEqual([]);
  expect(bench.rest()).toEqual(NOTHING_LEFT);
});

test('what does not fit the state does nothing', () => {
  const call = bench.invite();
  call.reject(603);
  call.answer('answer');
  call.ring();
  call.reject(486);
  call.bye();
  call.ignore();
  bench.clock.advance(0);
  expect(bench.peer.statuses('INVITE')).toEqual([603]);
  expect(bench.ends).toEqual([{ kind: 'rejected', q850: null }]);
});

test('the caller hangs up before the answer with BYE', () => {
  bench.invite().ring();
  bench.clock.advance(0);
  bench.send('BYE', { branch: 'z9hG4bK9', toTag: bench.localTag(), cseq: 2 });
  expect(bench.peer.statuses('BYE')).toEqual([200]);
  expect(bench.peer.statuses('INVITE')).toEqual([180, 487]);
  expect(bench.ends).toEqual([{ kind: 'bye-remote', q850: null }]);
});

test('a second offer before our answer is put off', () => {
  bench.invite().ring();
  bench.clock.advance(0);
  bench.send('INVITE', { branch: 'z9hG4bK9', toTag: bench.localTag(), cseq: 2, body: OFFER });
  bench.send('UPDATE', { branch: 'z9hG4bK8', toTag: bench.localTag(), cseq: 3, body: OFFER });
  expect(bench.peer.statuses('INVITE')).toEqual([180, 500]);
  expect(bench.peer.statuses('UPDATE')).toEqual([500]);
});

test('a phone that rings says so every minute, with the last that it said', () => {
  const call = bench.invite();
  call.ring();
  call.ring({ status: 183, body: 'early' });
  bench.clock.advance(125_000);
  expect(bench.peer.times(180)).toEqual([0]);
  expect(bench.peer.times(183)).toEqual([0, 60_000, 120_000]);
  call.answer('answer');
  bench.clock.advance(0);
  bench.send('ACK', { branch: 'z9hG4bK2', toTag: bench.localTag() });
  bench.clock.advance(120_000);
  expect(bench.peer.statuses('INVITE')).toEqual([180, 183, 183, 183, 200]);
});

test('a phone that has not rung says nothing of the kind', () => {
  bench.invite();
  bench.clock.advance(125_000);
  expect(bench.peer.statuses('INVITE')).toEqual([100]);
});

test('a phone that rings for ever is given up in the end', () => {
  bench.invite().ring();
  bench.clock.advance(15 * 60_000);
  expect(bench.peer.times(480)[0]).toBe(15 * 60_000);
  expect(bench.ends).toEqual([{ kind: 'rejected', q850: null }]);
});

test('who takes the call and fails answers 500', () => {
  bench = createIncomingBench({
    onInvite: () => {
      throw new Error('broken');
    },
  });
  bench.send('INVITE', { body: OFFER });
  expect(bench.peer.statuses('INVITE')).toEqual([500]);
  expect(bench.faults.map(({ error }) => error.message)).toEqual(['broken']);
  expect(bench.agent.counts()).toMatchObject({ calls: 0, dialogs: 0 });
  bench.send('ACK', { toTag: bench.localTag() });
  expect({ ...bench.rest(), faults: [] }).toEqual(NOTHING_LEFT);
});
