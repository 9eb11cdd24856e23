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
  type DigestChallenge,
  formatChallenge,
  parseChallenges,
} from './digest-challenge.js';
export { type ExpectedAuthorization, verifyAuthorization } from './digest-verify.js';
export type { SipRequest } from './message.js';
export { SipHeaders } from './message-headers.js';
export { type Contact, contactsOf, parseContact } from './parse-contact.js';
export {
  ANONYMOUS_ADDRESS,
  type Caller,
  callerOf,
  extensionHeadersOf,
  formatIdentity,
  forwardedFromOf,
  type Identity,
  type IdentityHeader,
} from './parse-identity.js';
export { isKeepAlive } from './parse-message.js';
export { formatNameAddr, type NameAddr, parseNameAddr } from './parse-name-addr.js';
export { Q850_NORMAL_CLEARING } from './parse-reason.js';
export { parseRetryAfter } from './parse-retry-after.js';
export { formatUri, parseUri, type SipUri, userOf } from './parse-uri.js';
export type { SipFault } from './transaction-layer.js';
export type { SipAddress, SipProtocol, Transport, TransportCounts } from './transport.js';
export { DEFAULT_TRANSPORT_LIMITS, type TransportLimits } from './transport-limits.js';
export { openTransports, type StreamListenOn, type TransportsOptions } from './transport-open.js';
export type { TlsIdentity } from './transport-tls.js';
export { bindUdpTransport, type UdpTransportOptions } from './transport-udp.js';
