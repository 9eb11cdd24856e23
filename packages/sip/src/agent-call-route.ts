import { redirectionsOf } from './agent-redirect.js';
import type { SipResponse } from './message.js';
import type { SipAddress } from './transport.js';

/** A redirect of a redirect of a redirect: somewhere there is an end (RFC 3261 §8.1.3.4 wants none followed twice). */
const MAX_DEPTH = 5;

/** Redirects that one call follows, all in all. */
const MAX_REDIRECTS = 16;

/** One INVITE to be sent. */
export interface Stop {
  /** Request-URI. */
  readonly uri: string;
  readonly target: SipAddress;
  /** How many redirects led here. */
  readonly depth: number;
}

/** Where the INVITEs of one call go, one after another: its targets, and where it is redirected to. */
export class CallRoute {
  private stop: Stop;
  private waiting: Stop[];
  /** Request-URIs that were asked for. */
  private readonly visited: Set<string>;
  private redirects = 0;

  /** @throws RangeError without a target */
  constructor(
    private readonly options: {
      requestUri: string;
      targets: readonly SipAddress[];
      followRedirects?: boolean | undefined;
    },
  ) {
    const { requestUri: uri, targets } = options;
    const [first, ...others] = targets.map((target): Stop => ({ uri, target, depth: 0 }));
    if (!first) throw new RangeError('a call needs a target');
    this.stop = first;
    this.waiting = others;
    this.visited = new Set([uri]);
  }

  get current(): Stop {
    return this.stop;
  }

  get hasMore(): boolean {
    return this.waiting.length > 0;
  }

  /** The current target does not work. False when there is no other. */
  next(): boolean {
    const stop = this.waiting.shift();
    if (!stop) return false;
    this.stop = stop;
    return true;
  }

  /** What a redirect led to does not take the call. False when it led nowhere else. */
  nextContact(): boolean {
    if (this.stop.depth === 0) return false;
    this.dropCurrentUri();
    return this.next();
  }

  /** Follows a 3xx. False when it is not to be followed: by our wish, for its depth, or since it leads elsewhere. */
  redirect(response: SipResponse): boolean {
    const { requestUri, targets, followRedirects = false } = this.options;
    const depth = this.stop.depth + 1;
    if (!followRedirects || depth > MAX_DEPTH || this.redirects >= MAX_REDIRECTS) return false;
    const stops: Stop[] = [];
    for (const { uri, targets: at } of redirectionsOf(response, { requestUri, targets })) {
      if (this.visited.has(uri)) continue;
      this.visited.add(uri);
      stops.push(...at.map((target) => ({ uri, target, depth })));
    }
    if (stops.length === 0) return false;
    this.redirects += 1;
    this.dropCurrentUri();
    this.waiting.unshift(...stops);
    return this.next();
  }

  private dropCurrentUri(): void {
    this.waiting = this.waiting.filter(({ uri }) => uri !== this.stop.uri);
  }
}
