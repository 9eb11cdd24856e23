import type { Authorizer } from './agent-auth.js';
import { type AgentContext, SDP_TYPE } from './agent-context.js';
import type { DialogWay } from './agent-dialog-request.js';
import { credentialsOf } from './agent-invite.js';
import type { Timer } from './clock.js';
import type { DialogRequest } from './dialog.js';
import type { SipRequest, SipResponse } from './message.js';
import { cseqOf } from './message-fields.js';
import type { ClientTransaction } from './transaction-client.js';
import { GIVE_UP_MS } from './transaction-timers.js';
import type { SipAddress } from './transport.js';

/** One re-INVITE of ours (RFC 3261 §14.1), from the first try to its last ACK. */
export class Reinvite {
  private transaction: ClientTransaction | null = null;
  private ack: { data: Buffer; to: SipAddress } | null = null;
  /** Runs once the far end says that it works on it, which it may say for ever. */
  private patience: Timer | null = null;
  private isDone = false;
  private readonly auth: Authorizer;
  private readonly via: { publicHost?: string };

  constructor(
    private readonly context: AgentContext,
    private readonly way: DialogWay,
    private readonly wanted: {
      headers: readonly (readonly [string, string])[];
      /** SDP. */
      body: string;
      /** Once; null when no final response came. A 2xx was acknowledged. */
      onFinal: (response: SipResponse | null) => void;
    },
  ) {
    this.auth = way.auth.beginRequest();
    this.via = way.publicHost === undefined ? {} : { publicHost: way.publicHost };
  }

  start(): void {
    this.tryOnce();
  }

  private tryOnce(): void {
    try {
      this.attempt();
    } catch (error) {
      this.context.layer.fault(error, this.way.dialog.snapshot().nextHop);
      this.finish(null);
    }
  }

  private attempt(): void {
    const { request, nextHop } = this.build();
    const handlers = {
      onResponse: (response: SipResponse) => this.receive(request, response),
      onFailure: () => this.finish(null),
    };
    this.transaction = this.context.layer.request(request, nextHop, handlers, this.via);
  }

  private build(): DialogRequest {
    const { dialog, publicHost } = this.way;
    const built = dialog.request('INVITE', this.wanted.headers);
    const { headers, uri } = built.request;
    headers.append('Contact', this.context.contactFor(built.nextHop, publicHost));
    headers.append('User-Agent', this.context.product);
    for (const [name, value] of this.auth.headersFor('INVITE', uri)) headers.append(name, value);
    headers.append('Content-Type', SDP_TYPE);
    built.request.body = Buffer.from(this.wanted.body, 'utf8');
    return built;
  }

  private receive(invite: SipRequest, response: SipResponse): void {
    if (response.status < 200) this.wait();
    else if (response.status < 300) this.accept(invite, response);
    else if (isChallenge(response) && this.auth.learn(response)) this.tryOnce();
    else this.finish(response);
  }

  /** Nobody is asked, so that nobody may take their time. */
  private wait(): void {
    const { clock, layer } = this.context;
    this.patience ??= clock.after(GIVE_UP_MS, () =>
      layer.guard(this.way.dialog.snapshot().nextHop, () => this.giveUp()),
    );
  }

  private giveUp(): void {
    if (this.isDone || !this.transaction) return;
    const { transaction } = this;
    this.context.layer.cancel(transaction);
    this.patience = this.context.clock.after(GIVE_UP_MS, () => {
      if (this.isDone) return;
      transaction.abandon();
      this.context.layer.guard(transaction.to, () => this.finish(null));
    });
  }

  /** Each 2xx has the same ACK, also long after (RFC 3261 §13.2.2.4). */
  private accept(invite: SipRequest, response: SipResponse): void {
    if (!this.ack) {
      const { dialog } = this.way;
      dialog.refreshTarget(response);
      const { request, nextHop } = dialog.acknowledge(cseqOf(invite).number, credentialsOf(invite));
      this.ack = { data: this.context.layer.writeAck(request, nextHop, this.via), to: nextHop };
    }
    this.context.layer.send(this.ack.data, this.ack.to);
    this.finish(response);
  }

  private finish(response: SipResponse | null): void {
    if (this.isDone) return;
    this.isDone = true;
    this.patience?.cancel();
    this.wanted.onFinal(response);
  }
}

/** A network may challenge any request (RFC 3261 §22.3). */
function isChallenge(response: SipResponse): boolean {
  return response.status === 401 || response.status === 407;
}
