import { BusUnavailableError, NoResponderError } from '@trunkline/bus';
import type { CallEvent, EndCall, EndCallReply, Fence, LiveCall } from '@trunkline/contracts';
import type { CallBus } from '../ports.js';

/** A bus whose fences, live calls and dialers a test sets up, and that can be switched off. */
export class InMemoryBus implements CallBus {
  readonly published: CallEvent[] = [];
  readonly claims = new Map<string, Fence>();
  readonly live = new Map<string, LiveCall>();
  readonly dialers = new Map<string, (command: EndCall) => EndCallReply>();
  /** `away`: not connected. `silent`: connected, and nothing is answered. `arriving`: silent, but claims are taken. */
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
    this.refuseUnlessUp();
    this.published.push(event);
  }

  async requestEndCall(dialerId: string, command: EndCall): Promise<EndCallReply> {
    this.refuseUnlessUp();
    const dialer = this.dialers.get(dialerId);
    if (!dialer) throw new NoResponderError(`${dialerId} is gone`);
    return dialer(command);
  }

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

  private refuseUnlessUp(): void {
    const outcomeUnknown = this.state !== 'away';
    if (this.state !== 'up') throw new BusUnavailableError('NATS is away', { outcomeUnknown });
  }
}
