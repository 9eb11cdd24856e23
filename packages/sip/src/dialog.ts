import { routeFor } from './dialog-route.js';
import type { SipRequest, SipResponse } from './message.js';
import { cseqOf } from './message-fields.js';
import { SipHeaders } from './message-headers.js';
import { formatNameAddr, parseNameAddr, tagOf } from './parse-name-addr.js';
import type { SipAddress } from './transport.js';

/** What another process needs to speak in a dialog of ours (the shape of the contracts' DialogIdentifiers). */
export interface DialogState {
  callId: string;
  localTag: string;
  remoteTag: string;
  localUri: string;
  remoteUri: string;
  /** The Contact of the far end. */
  remoteTarget: string;
  /** Values of Route, in the order to send them. */
  routeSet: string[];
  /** CSeq number of the last request that we sent. */
  localCSeq: number;
  nextHop: SipAddress;
}

/** One dialog (RFC 3261 §12): who speaks to whom, over which way, and how far both have counted. */
export class Dialog {
  readonly key: string;
  /** CSeq number of the last request that came; null before the first. */
  remoteCSeq: number | null = null;

  /** @param state is kept and changed as the dialog goes on; `nextHop` is used where the way names no IP address */
  constructor(private readonly state: DialogState) {
    this.key = dialogKey(state.callId, state.localTag, state.remoteTag);
  }

  get localTag(): string {
    return this.state.localTag;
  }

  get remoteTag(): string {
    return this.state.remoteTag;
  }

  /** A copy of where the dialog stands, with the hop that the next request goes to. */
  snapshot(): DialogState {
    return { ...this.state, routeSet: [...this.state.routeSet], nextHop: this.route().nextHop };
  }

  /** The 2xx has the last word on the way and the target (RFC 3261 §13.2.2.4). */
  confirm(response: SipResponse): void {
    this.state.routeSet = routesOf(response).reverse();
    this.refreshTarget(response);
  }

  /** Target refresh (RFC 3261 §12.2.1.2, §12.2.2): the far end has moved. */
  refreshTarget(message: SipRequest | SipResponse): void {
    const contact = contactOf(message);
    if (contact !== null) this.state.remoteTarget = contact;
  }

  /** Counts a request that came. False when it is older than what came before, or the same (RFC 3261 §12.2.2). */
  accepts(request: SipRequest): boolean {
    const { number } = cseqOf(request);
    if (this.remoteCSeq !== null && number <= this.remoteCSeq) return false;
    this.remoteCSeq = number;
    return true;
  }

  /** A request in this dialog (RFC 3261 §12.2.1.1) and where to send it; its Via is still to come. */
  request(method: string, headers: readonly (readonly [string, string])[] = []): DialogRequest {
    this.state.localCSeq += 1;
    return this.build(method, this.state.localCSeq, headers);
  }

  /** The ACK of a 2xx: it counts as its INVITE does (RFC 3261 §13.2.2.4). */
  acknowledge(inviteCSeq: number, headers: readonly (readonly [string, string])[] = []): DialogRequest {
    return this.build('ACK', inviteCSeq, headers);
  }

  private build(method: string, cseq: number, extra: readonly (readonly [string, string])[]): DialogRequest {
    const { callId, localTag, remoteTag, localUri, remoteUri } = this.state;
    const { uri, routes, nextHop } = this.route();
    const headers = new SipHeaders().append('Max-Forwards', '70');
    for (const route of routes) headers.append('Route', route);
    headers
      .append('From', partyOf(localUri, localTag))
      .append('To', partyOf(remoteUri, remoteTag))
      .append('Call-ID', callId)
      .append('CSeq', `${cseq} ${method}`);
    for (const [name, value] of extra) headers.append(name, value);
    return { request: { kind: 'request', method, uri, headers, body: Buffer.alloc(0) }, nextHop };
  }

  private route() {
    const { routeSet, remoteTarget, nextHop } = this.state;
    return routeFor(routeSet, remoteTarget, nextHop);
  }
}

export interface DialogRequest {
  request: SipRequest;
  nextHop: SipAddress;
}

/** RFC 3261 §12: a dialog is known by the Call-ID and the two tags. */
export function dialogKey(callId: string, localTag: string, remoteTag: string): string {
  return `${callId} ${localTag} ${remoteTag}`;
}

/** The dialog that a response with a To tag makes for who sent the INVITE (RFC 3261 §12.1.2). */
export function dialogOfResponse(invite: SipRequest, response: SipResponse, nextHop: SipAddress): Dialog {
  const from = parseNameAddr(invite.headers.get('From') ?? '');
  return new Dialog({
    callId: invite.headers.get('Call-ID') ?? '',
    localTag: tagOf(invite.headers.get('From') ?? '') ?? '',
    remoteTag: tagOf(response.headers.get('To') ?? '') ?? '',
    localUri: from.uri,
    remoteUri: parseNameAddr(invite.headers.get('To') ?? '').uri,
    remoteTarget: contactOf(response) ?? invite.uri,
    routeSet: routesOf(response).reverse(),
    localCSeq: cseqOf(invite).number,
    nextHop,
  });
}

/** The dialog that an INVITE makes for who answers it (RFC 3261 §12.1.1). */
export function dialogOfRequest(invite: SipRequest, localTag: string, source: SipAddress): Dialog {
  const from = parseNameAddr(invite.headers.get('From') ?? '');
  const dialog = new Dialog({
    callId: invite.headers.get('Call-ID') ?? '',
    localTag,
    remoteTag: tagOf(invite.headers.get('From') ?? '') ?? '',
    localUri: parseNameAddr(invite.headers.get('To') ?? '').uri,
    remoteUri: from.uri,
    remoteTarget: contactOf(invite) ?? from.uri,
    routeSet: routesOf(invite),
    localCSeq: 0,
    nextHop: source,
  });
  dialog.remoteCSeq = cseqOf(invite).number;
  return dialog;
}

/** A dialog that another process handed over. */
export function dialogOfState(state: DialogState): Dialog {
  return new Dialog({ ...state, routeSet: [...state.routeSet], nextHop: { ...state.nextHop } });
}

/** Routes that cannot be read could not be followed either. */
function routesOf(message: SipRequest | SipResponse): string[] {
  return message.headers.getAll('Record-Route').flatMap(readRoute);
}

function readRoute(route: string): string[] {
  try {
    return isWritable(parseNameAddr(route).uri) ? [route] : [];
  } catch {
    const uri = salvageUri(route);
    return uri === null ? [] : [`<${uri}>`];
  }
}

function isWritable(uri: string): boolean {
  try {
    return partyOf(uri, '') !== '';
  } catch {
    return false;
  }
}

/** Who sent no readable Contact, as it must, is answered where the dialog began. */
function contactOf(message: SipRequest | SipResponse): string | null {
  const value = message.headers.getAll('Contact').find((one) => one !== '');
  return value === undefined ? null : readTarget(value);
}

function readTarget(contact: string): string | null {
  try {
    const { uri } = parseNameAddr(contact);
    return uri === '*' || !isWritable(uri) ? null : uri;
  } catch {
    return salvageUri(contact);
  }
}

function isSip(uri: string): boolean {
  return /^sips?:/i.test(uri);
}

/** Sloppy elements write spaces into the brackets, or break the parameters behind them: the URI is all that is needed. */
function salvageUri(value: string): string | null {
  const uri = /<\s*([^\s<>"]+)\s*>/.exec(value)?.[1];
  return uri !== undefined && isSip(uri) && isWritable(uri) ? uri : null;
}

/** The tag is written as it came: an RFC 2543 peer may have none. */
function partyOf(uri: string, tag: string): string {
  return formatNameAddr({ displayName: null, uri, params: tag === '' ? NO_PARAMS : new Map([['tag', tag]]) });
}

const NO_PARAMS: ReadonlyMap<string, string | null> = new Map();
