import { BusUnavailableError, NoResponderError } from '@trunkline/bus';
import type { CallEvent, CreateKey, EndCall, EndCallReply, Fence, LiveCall } from '@trunkline/contracts';
import type { CallBus } from '../ports.js';

/** A bus whose fences, live calls and dialers a test sets up, and that can be switched off. */
export class InMemoryBus implements CallBus {
  readonly published: CallEvent[] = [];
  readonly claims = new Map<string, Fence>();
  readonly keys = new Map<string, CreateKey>();
  readonly live = new Map<string, LiveCall>();
  readonly dialers = new Map<string, (command: EndCall) => EndCallReply>();
  /** Events in the stream by their ids: of two with one id it keeps the first. */
  readonly stream = new Map<string, CallEvent>();
  /** `away`: not connected. `silent`: connected, and nothing is answered. `arriving`: silent, but what is sent arrives. */
  state: 'up' | 'away' | 'silent' | 'arriving' = 'up';

  isConnected(): boolean {
    return this.state !== 'away';
  }

  /** Called by a test, it is as if the connection were back. */
  reconnect: () => void = () => {};

  async waitUntilConnected(timeoutMs: number): Promise<boolean> {
    if (this.isConnected()) return true;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs, false);
      this.reconnect = () => {
        this.state = 'up';
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  async publish(event: CallEvent): Promise<void> {
    if (this.state === 'arriving') this.keep(event);
    this.refuseUnlessUp();
    this.published.push(event);
    this.keep(event);
  }

  async requestEndCall(dialerId: string, command: EndCall): Promise<EndCallReply> {
    this.refuseUnlessUp();
    const dialer = this.dialers.get(dialerId);
    if (!dialer) throw new NoResponderError(`${dialerId} is gone`);
    return dialer(command);
  }

  readonly createKeys: CallBus['createKeys'] = {
    claim: async (key, value) => {
      if (this.state === 'arriving') this.keys.set(key, this.keys.get(key) ?? value);
      this.refuseUnlessUp();
      const held = this.keys.get(key);
      if (held && held.callSid !== value.callSid) return { won: false, held };
      this.keys.set(key, value);
      return { won: true };
    },
  };

  readonly fences: CallBus['fences'] = {
    claim: async (callSid, fence) => {
      if (this.state === 'arriving') this.claims.set(callSid, fence);
      this.refuseUnlessUp();
      const held = this.claims.get(callSid);
      if (held && held.claimId !== fence.claimId) return { won: false, held, revision: 1 };
      this.claims.set(callSid, fence);
      return { won: true };
    },
    read: async (callSid) => {
      this.refuseUnlessUp();
      const fence = this.claims.get(callSid);
      return fence ? { fence, revision: 1 } : null;
    },
  };

  readonly liveCalls: CallBus['liveCalls'] = {
    read: async (owner, callSid) => {
      this.refuseUnlessUp();
      const key = `${owner}.${callSid}`;
      const entry = this.live.get(key);
      return entry ? { entry, revision: 1, key } : null;
    },
    find: async (callSid) => {
      this.refuseUnlessUp();
      const found = [...this.live].find(([key]) => key.endsWith(`.${callSid}`));
      return found ? { key: found[0], entry: found[1], revision: 1 } : null;
    },
  };

  private keep(event: CallEvent): void {
    if (!this.stream.has(event.id)) this.stream.set(event.id, event);
  }

  private refuseUnlessUp(): void {
    const outcomeUnknown = this.state !== 'away';
    if (this.state !== 'up') throw new BusUnavailableError('NATS is away', { outcomeUnknown });
  }
}
