import { expect, test } from 'vitest';
import { createAgentBench, OFFER, placeWatchedCall } from './testing/agent-bench.js';
import { createIncomingBench, type IncomingBench, type RequestParts } from './testing/incoming-bench.js';

/** As a gateway to the telephone network says it, with ISUP beside it. */
const CONTENT_TYPE = 'multipart/mixed;boundary=x';

function wrap(sdp: string): string {
  const isup = '--x\r\nContent-Type: application/isup;version=itu-t92+\r\n\r\n\u0001\r\n';
  return `${isup}--x\r\nContent-Type: application/sdp\r\n\r\n${sdp}\r\n--x--\r\n`;
}

function inDialog(bench: IncomingBench, method: string, cseq: number, parts: RequestParts = {}): void {
  const branch = `z9hG4bK-${method}-${cseq}`;
  bench.send(method, { branch, toTag: bench.localTag(), cseq, contentType: CONTENT_TYPE, ...parts });
}

test('wrapped SDP is found in re-INVITE and UPDATE', () => {
  const bench = createIncomingBench();
  const call = bench.invite();
  const offers: string[] = [];
  call.handlers.onReinvite = (offer) => {
    offers.push(offer);
    return OFFER;
  };
  call.answer(OFFER);
  bench.clock.advance(0);
  inDialog(bench, 'ACK', 1);
  inDialog(bench, 'INVITE', 2, { body: wrap('hold') });
  inDialog(bench, 'ACK', 2);
  inDialog(bench, 'UPDATE', 3, { body: wrap('resume') });
  expect([bench.peer.statuses('INVITE'), bench.peer.statuses('UPDATE')]).toEqual([[200, 200], [200]]);
  expect(offers).toEqual(['hold', 'resume']);
});

test('in the ACK that answers our offer', () => {
  const bench = createIncomingBench();
  const call = bench.invite({ body: '' });
  const answers: (string | null)[] = [];
  call.handlers.onAnswerAcked = (sdp) => answers.push(sdp);
  call.answer(OFFER);
  bench.clock.advance(0);
  inDialog(bench, 'ACK', 1, { body: wrap('their answer') });
  expect(answers).toEqual(['their answer']);
  expect(bench.peer.requests('BYE')).toEqual([]);
});

test('in the PRACK that answers our offer', () => {
  const bench = createIncomingBench();
  const call = bench.invite({ body: '', headers: ['Supported: 100rel'] });
  const answers: string[] = [];
  call.handlers.onEarlyAnswer = (sdp) => answers.push(sdp);
  call.ring({ status: 183, body: OFFER, reliable: true });
  bench.clock.advance(0);
  const rseq = bench.peer.responses('INVITE').at(-1)?.headers.get('RSeq');
  inDialog(bench, 'PRACK', 2, { body: wrap('their answer'), headers: [`RAck: ${rseq} 1 INVITE`] });
  expect(bench.peer.statuses('PRACK')).toEqual([200]);
  expect(answers).toEqual(['their answer']);
});

test('and in the 2xx to a re-INVITE of ours', () => {
  const bench = createAgentBench();
  const { call } = placeWatchedCall(bench.agent);
  bench.clock.advance(1);
  bench.answer();
  const results: unknown[] = [];
  call.renegotiate(OFFER, (result) => results.push(result));
  bench.clock.advance(1);
  const wrapped = { body: wrap('their answer'), contentType: CONTENT_TYPE };
  bench.peer.reply(bench.peer.last('INVITE'), 200, wrapped);
  bench.clock.advance(1);
  expect(results).toEqual([{ ok: true, answer: 'their answer' }]);
});
