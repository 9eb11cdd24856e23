/**
 * Where the offers and answers of one dialog stand (RFC 3264, RFC 6337 §2). `none`: nothing was agreed yet. `local`: our
 * offer waits for its answer. `remote`: theirs waits for ours. `agreed`: none is open.
 */
export type ExchangeName = 'none' | 'local' | 'remote' | 'agreed';

export type ExchangeInput =
  | 'send-offer'
  | 'receive-offer'
  | 'send-answer'
  | 'receive-answer'
  /** The open offer was refused, or its request failed: all is as it was before (RFC 3261 §14.1). */
  | 'refused';

/** Whose request of a kind is open in the dialog; null: nobody's. */
export type Occupant = 'local' | 'remote' | null;

/** What decides who may offer now. */
export interface OfferState {
  readonly exchange: ExchangeName;
  /** Something was agreed before the open offer, and holds when that is refused. */
  readonly hasAgreed: boolean;
  /** An INVITE: until its final response, and of a 2xx until the ACK (RFC 3261 §14). */
  readonly invite: Occupant;
  /** An UPDATE: until its final response (RFC 3311 §5.2). */
  readonly update: Occupant;
}

/** The message that brings an offer. A `PRACK` may only when the reliable responses have an answer already (RFC 3262 §5). */
export type OfferMethod = 'INVITE' | 'UPDATE' | 'PRACK';

/** How an INVITE begins a dialog. */
export function startOffers(inviter: 'local' | 'remote', hasOffer: boolean): OfferState {
  return { exchange: hasOffer ? inviter : 'none', hasAgreed: false, invite: inviter, update: null };
}

const STEPS: Record<ExchangeName, Partial<Record<ExchangeInput, ExchangeName>>> = {
  none: { 'send-offer': 'local', 'receive-offer': 'remote' },
  local: { 'receive-answer': 'agreed', refused: 'none' },
  remote: { 'send-answer': 'agreed', refused: 'none' },
  agreed: { 'send-offer': 'local', 'receive-offer': 'remote' },
};

/** The next state: pure, total; an input that does not fit changes nothing. */
export function stepOffers(state: OfferState, input: ExchangeInput): OfferState {
  const next = STEPS[state.exchange][input];
  if (next === undefined) return state;
  const exchange = next === 'none' && state.hasAgreed ? 'agreed' : next;
  return { ...state, exchange, hasAgreed: state.hasAgreed || exchange === 'agreed' };
}

export function occupy(state: OfferState, kind: 'invite' | 'update', by: Occupant): OfferState {
  return { ...state, [kind]: by };
}

/**
 * What becomes of a request of theirs. `glare`: 491, ours is open (RFC 3261 §14.2, RFC 3311 §5.2). `busy`: 500 with
 * Retry-After, theirs is.
 */
export type OfferVerdict = 'take' | 'glare' | 'busy';

export function judgeTheirs(state: OfferState, method: OfferMethod, hasOffer: boolean): OfferVerdict {
  if (method === 'INVITE') {
    if (state.invite === 'local' || state.exchange === 'local') return 'glare';
    return state.invite === 'remote' || state.exchange === 'remote' ? 'busy' : 'take';
  }
  if (method === 'UPDATE' && state.update === 'remote') return 'busy';
  if (!hasOffer) return 'take';
  if (state.exchange === 'local') return 'glare';
  // Before anything is agreed only the INVITE and the reliable responses to it negotiate (RFC 3311 §5.1).
  return state.exchange === 'agreed' ? 'take' : 'busy';
}

/** Whether we may send one now. */
export function mayOffer(state: OfferState, method: OfferMethod): boolean {
  if (state.exchange !== 'agreed') return false;
  if (method === 'INVITE') return state.invite === null && state.update === null;
  return method === 'PRACK' || state.update === null;
}
