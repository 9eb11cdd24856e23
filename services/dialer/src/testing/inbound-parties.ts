import type {
  IncomingCall,
  OutgoingCallHandlers,
  SipAddress,
  UserAgent,
  UserAgentOptions,
} from '@trunkline/sip';
import type { WebhookRequest } from '@trunkline/webhook';

export const OFFER = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n';

/** A customer's server: pages by URL, a status in place of one; a page may be held back. */
export function createCustomer() {
  const pages: Record<string, string | number | Promise<string>> = {};
  const asked: WebhookRequest[] = [];
  return {
    pages,
    asked,
    paramsOf: (n: number) => Object.fromEntries(asked[n]?.params ?? []),
    async send(request: WebhookRequest) {
      asked.push(request);
      const page = await (pages[request.url] ?? 404);
      request.signal?.throwIfAborted();
      const status = typeof page === 'number' ? page : 200;
      request.onOutcome?.({ status, durationMs: 1, error: null });
      const body = typeof page === 'string' ? `<Response>${page}</Response>` : '';
      return { url: request.url, status, contentType: 'text/xml', body, retryAfter: null };
    },
  };
}

/** What a caller heard, in short and in order. */
export function createCaller(agent: UserAgent, to: SipAddress) {
  const heard: string[] = [];
  return {
    heard,
    call(user: string, more: Partial<Parameters<UserAgent['invite']>[0]> = {}) {
      const handlers: OutgoingCallHandlers = {
        onSent: () => {},
        onProvisional: ({ status }) => void heard.push(String(status)),
        onAnswered: ({ status }) => void heard.push(String(status)),
        onReinviteAnswer: () => {},
        onReinvite: () => OFFER,
        onEnded: (end) => void heard.push(end.kind === 'rejected' ? `rejected ${end.status}` : end.kind),
      };
      return agent.invite({
        requestUri: `sip:${user}@${to.host}:${to.port}`,
        from: { uri: 'sip:+15559990000@carrier.test', displayName: 'Anna' },
        to: { uri: `sip:${user}@${to.host}` },
        targets: [to],
        offer: OFFER,
        handlers,
        ...more,
      });
    },
  };
}

/** A phone of a client: registers, and keeps what calls it. */
export function createPhone(
  agentAt: (at: SipAddress, options: Pick<UserAgentOptions, 'onInvite'>) => UserAgent,
  options: { at: SipAddress; login: string; password: string; dialer: SipAddress; contactUser?: string },
) {
  const { at, login, password, dialer, contactUser = login } = options;
  const calls: IncomingCall[] = [];
  const ends: string[] = [];
  const states: string[] = [];
  const agent = agentAt(at, {
    onInvite: (call) => {
      calls.push(call);
      call.handlers.onEnded = (end) => void ends.push(end.kind);
      call.ring();
    },
  });
  const register = (domain = 'trunkline.test') =>
    agent.register({
      aor: `sip:${login}@${domain}`,
      registrar: `sip:${domain}`,
      targets: async () => [dialer],
      credentials: { username: login, password },
      expiresSeconds: 600,
      contactUser,
      onState: (state) => void states.push(state.kind === 'failed' ? `failed ${state.status}` : state.kind),
    });
  return { agent, calls, ends, states, register };
}
