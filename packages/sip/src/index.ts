export { type AgentCounts, createUserAgent, type UserAgent } from './agent.js';
export type {
  Answer,
  AnswerOptions,
  CallEnd,
  CallInfo,
  IncomingCallEnd,
  IncomingCallHandlers,
  InviteOptions,
  OutgoingCall,
  OutgoingCallHandlers,
  Provisional,
  Refer,
  RejectOptions,
  RenegotiateResult,
  RingOptions,
  TargetFailure,
} from './agent-call.js';
export type { IncomingCall } from './agent-incoming-call.js';
export type { GateVerdict, RegisterAnswer, UserAgentOptions } from './agent-options.js';
export type { PingOptions, PingResult } from './agent-ping.js';
export type { RegisterOptions, Registration, RegistrationReport } from './agent-register.js';
export { type Clock, systemClock, type Timer } from './clock.js';
export type { DialogState } from './dialog.js';
export { type AuthorizedRequest, authorize, type Credentials } from './digest-authorize.js';
export {
  chooseChallenge,
  type DigestChallenge,
  formatChallenge,
  parseChallenges,
} from './digest-challenge.js';
export {
  createDigestGuard,
  type DigestCandidates,
  type DigestGuard,
  type DigestGuardOptions,
  type DigestVerdict,
} from './digest-guard.js';
export { type ExpectedAuthorization, verifyAuthorization } from './digest-verify.js';
export type { EdgeCounts, EdgeOptions } from './edge-forwarder.js';
export { ResolveError, SipParseError, TransportError } from './errors.js';
export type { SipRequest } from './message.js';
export { SipHeaders } from './message-headers.js';
export type { Contact } from './parse-contact.js';
export {
  type Caller,
  callerOf,
  extensionHeadersOf,
  formatIdentity,
  forwardedFromOf,
  type Identity,
  type IdentityHeader,
} from './parse-identity.js';
export { isKeepAlive } from './parse-message.js';
export { type NameAddr, parseNameAddr } from './parse-name-addr.js';
export { Q850_NORMAL_CLEARING, type Reason } from './parse-reason.js';
export { parseUri, type SipUri, userOf } from './parse-uri.js';
export { type KnownBinding, planRegister, type RegisterLimits, type RegisterPlan } from './registrar.js';
export { type SipDns, type SystemDnsOptions, systemDns } from './resolve-dns.js';
export {
  createSipResolver,
  type ResolveRequest,
  type SipResolver,
  type SipResolverOptions,
} from './resolve-sip.js';
export { sourceOf } from './source-limits.js';
export type { SipFault } from './transaction-layer.js';
export type { SipAddress, SipProtocol, Transport, TransportCounts } from './transport.js';
export type { TransportLimits } from './transport-limits.js';
export { openTransports, type StreamListenOn, type TransportsOptions } from './transport-open.js';
export type { TlsIdentity } from './transport-tls.js';
export { bindUdpTransport, type UdpTransportOptions } from './transport-udp.js';
