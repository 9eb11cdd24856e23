import { describe, expect, test } from 'vitest';
import {
  type ExchangeInput,
  judgeTheirs,
  mayOffer,
  type OfferState,
  occupy,
  startOffers,
  stepOffers,
} from './agent-offer.js';

const AGREED: OfferState = { exchange: 'agreed', hasAgreed: true, invite: null, update: null };

function walk(state: OfferState, ...inputs: ExchangeInput[]): OfferState {
  return inputs.reduce(stepOffers, state);
}

test.each([
  ['our offer, answered in the 2xx', startOffers('local', true), ['receive-answer'], 'agreed'],
  ['their offer, answered by us', startOffers('remote', true), ['send-answer'], 'agreed'],
  [
    'their offerless INVITE, our offer, the ACK',
    startOffers('remote', false),
    ['send-offer', 'receive-answer'],
    'agreed',
  ],
  ['our first offer, refused', startOffers('local', true), ['refused'], 'none'],
  ['a later offer of ours, refused', AGREED, ['send-offer', 'refused'], 'agreed'],
  ['a later offer of theirs, refused', AGREED, ['receive-offer', 'refused'], 'agreed'],
  ['an answer to nothing', AGREED, ['receive-answer', 'send-answer', 'refused'], 'agreed'],
  ['an offer over ours', startOffers('local', true), ['receive-offer'], 'local'],
  ['an offer of ours over theirs', startOffers('remote', true), ['send-offer'], 'remote'],
] as const)('%s', (_, state, inputs, exchange) => {
  expect(walk(state, ...inputs).exchange).toBe(exchange);
});

describe('what becomes of a request of theirs', () => {
  const ringing = startOffers('local', true);
  const early = walk(ringing, 'receive-answer');
  const received = startOffers('remote', true);
  test.each([
    ['INVITE when all is quiet', AGREED, 'INVITE', true, 'take'],
    ['INVITE over ours', occupy(AGREED, 'invite', 'local'), 'INVITE', true, 'glare'],
    ['offerless INVITE over ours', occupy(AGREED, 'invite', 'local'), 'INVITE', false, 'glare'],
    ['INVITE over an offer of ours in an UPDATE', walk(AGREED, 'send-offer'), 'INVITE', true, 'glare'],
    ['INVITE over a refresh of ours by UPDATE', occupy(AGREED, 'update', 'local'), 'INVITE', true, 'take'],
    ['INVITE before the ACK of the last', occupy(AGREED, 'invite', 'remote'), 'INVITE', true, 'busy'],
    ['INVITE before our answer', received, 'INVITE', true, 'busy'],
    ['UPDATE with an offer when all is quiet', AGREED, 'UPDATE', true, 'take'],
    ['UPDATE with an offer over ours', ringing, 'UPDATE', true, 'glare'],
    ['UPDATE with an offer before our answer', received, 'UPDATE', true, 'busy'],
    ['UPDATE with an offer before anybody offered', startOffers('remote', false), 'UPDATE', true, 'busy'],
    ['UPDATE with an offer, early, once a reliable response answered', early, 'UPDATE', true, 'take'],
    ['UPDATE without one at any time', ringing, 'UPDATE', false, 'take'],
    ['UPDATE over theirs', occupy(AGREED, 'update', 'remote'), 'UPDATE', false, 'busy'],
    ['PRACK with a new offer, early', early, 'PRACK', true, 'take'],
    ['PRACK with an offer over ours', ringing, 'PRACK', true, 'glare'],
  ] as const)('%s', (_, state, method, hasOffer, verdict) => {
    expect(judgeTheirs(state, method, hasOffer)).toBe(verdict);
  });
});

test.each([
  ['all is quiet', AGREED, true, true],
  ['an INVITE of ours is open', occupy(AGREED, 'invite', 'local'), false, true],
  ['a 2xx of ours waits for its ACK', occupy(AGREED, 'invite', 'remote'), false, true],
  ['an UPDATE of ours is open', occupy(AGREED, 'update', 'local'), false, false],
  ['our offer is open', walk(AGREED, 'send-offer'), false, false],
  ['nothing was agreed', startOffers('remote', true), false, false],
] as const)('while %s we may offer: INVITE, UPDATE', (_, state, invite, update) => {
  expect([mayOffer(state, 'INVITE'), mayOffer(state, 'UPDATE')]).toEqual([invite, update]);
});
