import { answerWithoutState, type Verdict } from './agent-refuse.js';
import { hopOf } from './dialog-route.js';
import { EdgeSeal } from './edge-seal.js';
import type { SipMessage, SipRequest, SipResponse } from './message.js';
import { cseqOf, fromOf, type TopVia, toOf, topVia } from './message-fields.js';
import { withoutControls } from './parse-characters.js';
import { parseNameAddr } from './parse-name-addr.js';
import { parseUri, type SipUri } from './parse-uri.js';
import { parseVia } from './parse-via.js';
import { serializeMessage, serializeRelayed } from './serialize-message.js';
import { noteSource } from './transaction-match.js';
import { protocolOf, type SipAddress, type Transport } from './transport.js';

export interface EdgeOptions {
  /** The cluster's: whoever has it can reach every device. */
  key: Buffer;
  /** Whether that is another agent of the cluster. */
  isPeer(from: SipAddress): boolean;
}

/** What the edge has done since it began. */
export interface EdgeCounts {
  forwardedRequests: number;
  forwardedResponses: number;
  /** Of strangers, to strangers, in circles. */
  refused: number;
  /** Requests that a device's connection did not take any more. */
  failedFlows: number;
}

export const NO_EDGE_COUNTS: Readonly<EdgeCounts> = {
  forwardedRequests: 0,
  forwardedResponses: 0,
  refused: 0,
  failedFlows: 0,
};

const TOKEN = 'flow-';
const BRANCH = 'z9hG4bKflow-';
const MAX_FORWARDS = 70;

/** Requests that may make a dialog, or change its route. */
const RECORDED = new Set(['INVITE', 'SUBSCRIBE', 'NOTIFY', 'REFER']);

/** One request on its way. */
interface Passage {
  from: SipAddress;
  target: SipAddress;
  /** The user part of the Route that names the flow. */
  user: string;
}

/**
 * The edge proxy of RFC 5626 §5 without state (RFC 3261 §16.11). A device behind a NAT is reached over the connection that it
 * opened, which one agent holds; the others send their requests through that one, with a Route that names the connection.
 * What the device says in the dialog goes back the same way, and only to an agent of the cluster. Nothing is passed on for
 * anybody else.
 */
export class EdgeForwarder {
  private readonly seal: EdgeSeal;
  private readonly counted = { ...NO_EDGE_COUNTS };

  constructor(
    private readonly options: EdgeOptions & { transport: Transport; sentBy(to: SipAddress): string },
  ) {
    this.seal = new EdgeSeal(options.key);
  }

  counts(): EdgeCounts {
    return { ...this.counted };
  }

  /** The Route value for requests to a device whose connection is held at `host:port`, by this agent unless told. */
  routeTo(source: SipAddress, at = this.options.sentBy(this.options.transport.local)): string {
    return `<sip:${this.userFor(source)}@${at};lr>`;
  }

  /** Takes what is to be passed on, or has to be kept from it; false for everything else. */
  take(message: SipMessage, from: SipAddress): boolean {
    return message.kind === 'request' ? this.takeRequest(message, from) : this.takeResponse(message);
  }

  private userFor(flow: SipAddress): string {
    return TOKEN + this.seal.seal(flow, 'flow');
  }

  private takeRequest(request: SipRequest, from: SipAddress): boolean {
    const route = readRoute(request);
    const user = route?.user ?? '';
    if (!route || !user.startsWith(TOKEN) || !this.isOurs(route, from)) return false;
    const flow = this.seal.open(user.slice(TOKEN.length), 'flow');
    const isOfDevice = flow !== null && isSame(flow, from);
    if (flow && !isOfDevice && this.options.isPeer(from)) this.forward(request, { from, target: flow, user });
    // A NAT may have given the device another port meanwhile.
    else if (flow && from.host === flow.host) this.takeOfDevice(request, { from, user });
    else this.counted.refused += 1;
    return true;
  }

  /** A token is good at the agent that holds the connection only. */
  private isOurs({ host, port }: SipUri, from: SipAddress): boolean {
    const { sentBy, transport } = this.options;
    const at = `${host}:${port ?? ''}`;
    return at === sentBy(from) || at === sentBy(transport.local);
  }

  /** Devices begin no dialogs this way, and speak to agents of the cluster only. */
  private takeOfDevice(request: SipRequest, { from, user }: { from: SipAddress; user: string }): void {
    const target = hopOf(request.uri);
    if (!toOf(request).params.has('tag')) this.counted.refused += 1;
    else if (!target || !this.options.isPeer(target)) this.refuse(request, from, { status: 481 });
    else this.forward(request, { from, target, user });
  }

  private forward(request: SipRequest, passage: Passage): void {
    const verdict = judgePassage(request);
    if (verdict) {
      this.refuse(request, passage.from, verdict);
      return;
    }
    const { from, target } = passage;
    const replyTo = noteSource(request, from);
    const branch = BRANCH + this.seal.seal(replyTo, aboutOf(request, topVia(request)));
    popRoutes(request, passage.user);
    if (RECORDED.has(request.method)) this.record(request, passage);
    const via = `SIP/2.0/${protocolOf(target)} ${this.options.sentBy(target)};branch=${branch};rport`;
    request.headers.prepend('Via', via);
    this.counted.forwardedRequests += 1;
    this.options.transport.send(serializeRelayed(request), target, (error) => {
      if (error) this.reportFailure(request, replyTo);
    });
  }

  /** One Record-Route for each side, when they reach us differently (RFC 5658 §5); the topmost is for the next hop. */
  private record(request: SipRequest, { from, target, user }: Passage): void {
    const sides = [from, target].map(
      (side) => `<sip:${user}@${this.options.sentBy(side)}${transportOf(side)};lr>`,
    );
    for (const route of new Set(sides)) request.headers.prepend('Record-Route', route);
  }

  /** RFC 5626 §5.3: the connection has gone, and the device with it until it registers again. */
  private reportFailure(request: SipRequest, replyTo: SipAddress): void {
    if (request.method === 'ACK') return;
    this.counted.failedFlows += 1;
    request.headers.removeFirst('Via');
    this.answer(request, replyTo, { status: 430, options: { reason: 'Flow Failed' } });
  }

  private refuse(request: SipRequest, from: SipAddress, verdict: Verdict): void {
    this.counted.refused += 1;
    this.answer(request, noteSource(request, from), verdict);
  }

  private answer(request: SipRequest, replyTo: SipAddress, verdict: Verdict): void {
    if (request.method === 'ACK') return;
    this.options.transport.send(serializeMessage(answerWithoutState(request, verdict)), replyTo);
  }

  private takeResponse(response: SipResponse): boolean {
    const [ours = '', theirs] = response.headers.getAll('Via');
    if (!ours.includes(BRANCH)) return false;
    const branch = topVia(response).params.get('branch') ?? '';
    const replyTo = theirs === undefined ? null : this.openReturn(response, branch, theirs);
    if (!replyTo) {
      this.counted.refused += 1;
      return true;
    }
    response.headers.removeFirst('Via');
    this.counted.forwardedResponses += 1;
    this.options.transport.send(serializeRelayed(response), replyTo);
    return true;
  }

  private openReturn(response: SipResponse, branch: string, via: string): SipAddress | null {
    return this.seal.open(branch.slice(BRANCH.length), aboutOf(response, parseVia(via)));
  }
}

/**
 * What a request, its retransmissions, its CANCEL, its ACK and its responses have in common and nothing else has: the branch
 * made of it is theirs too (RFC 3261 §16.11). `via`: of the hop before us.
 */
function aboutOf(message: SipMessage, via: TopVia): string {
  const callId = message.headers.get('Call-ID');
  const tag = fromOf(message).params.get('tag');
  const sentBy = `${via.host.toLowerCase()}:${via.port ?? ''}`;
  return [sentBy, via.params.get('branch'), callId, tag, cseqOf(message).number].join('\n');
}

/** RFC 3261 §16.3. */
function judgePassage(request: SipRequest): Verdict | null {
  const { headers } = request;
  if (headers.getAll('Via').some((via) => via.includes(BRANCH))) return { status: 482 };
  const required = headers.getAll('Proxy-Require');
  if (required.length > 0)
    return { status: 420, options: { headers: [['Unsupported', withoutControls(required.join(', '))]] } };
  const left = Number(headers.get('Max-Forwards') ?? MAX_FORWARDS);
  if (left === 0) return { status: 483, options: { reason: 'Too Many Hops' } };
  headers.set('Max-Forwards', String(Math.min(left, MAX_FORWARDS + 1) - 1));
  return null;
}

/** Ours are popped, both of them when there are two (RFC 3261 §16.4). */
function popRoutes(request: SipRequest, user: string): void {
  while (readRoute(request)?.user === user) request.headers.removeFirst('Route');
}

/** The URI of the topmost Route. */
function readRoute(request: SipRequest): SipUri | null {
  const route = request.headers.get('Route');
  if (!route?.includes(TOKEN)) return null;
  const { uri } = parseNameAddr(route);
  return /^sips?:/i.test(uri) ? parseUri(uri) : null;
}

function isSame(one: SipAddress, other: SipAddress): boolean {
  return one.host === other.host && one.port === other.port && protocolOf(one) === protocolOf(other);
}

function transportOf(side: SipAddress): string {
  const protocol = protocolOf(side);
  return protocol === 'UDP' ? '' : `;transport=${protocol.toLowerCase()}`;
}
