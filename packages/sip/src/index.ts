export { type AgentCounts, createUserAgent, type UserAgent, type UserAgentOptions } from './agent.js';
export type {
  Answer,
  CallEnd,
  IncomingCallEnd,
  IncomingCallHandlers,
  InviteOptions,
  OutgoingCall,
  OutgoingCallHandlers,
  Provisional,
  RejectOptions,
  RingOptions,
} from './agent-call.js';
export type { IncomingCall } from './agent-incoming-call.js';
export { type Clock, systemClock, type Timer } from './clock.js';
export type { DialogState } from './dialog.js';
export { type AuthorizedRequest, authorize, type Credentials } from './digest-authorize.js';
export {
  chooseChallenge,
  chooseChallenges,
  createNonce,
  type DigestChallenge,
  formatChallenge,
  parseChallenges,
} from './digest-challenge.js';
export { type ExpectedAuthorization, nonceCountOf, verifyAuthorization } from './digest-verify.js';
export { SipParseError, TransportError, UnsafeValueError } from './errors.js';
export type { SipMessage, SipRequest, SipResponse } from './message.js';
export { cseqOf, listOf, q850CauseOf, topVia } from './message-fields.js';
export { SipHeaders } from './message-headers.js';
export type { CSeq } from './parse-cseq.js';
export { isKeepAlive, parseMessage } from './parse-message.js';
export { formatNameAddr, type NameAddr, parseNameAddr, parseNameAddrList, tagOf } from './parse-name-addr.js';
export { formatReason, parseReasons, type Reason } from './parse-reason.js';
export { formatUri, parseUri, type SipUri, userOf } from './parse-uri.js';
export { formatVia, parseVia, type Via } from './parse-via.js';
export { serializeMessage } from './serialize-message.js';
export type { SipFault } from './transaction-layer.js';
export type { SipAddress, Transport } from './transport.js';
export { bindUdpTransport, type UdpTransportOptions } from './transport-udp.js';
