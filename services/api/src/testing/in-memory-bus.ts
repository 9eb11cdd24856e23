import { BusUnavailableError, NoResponderError } from '@trunkline/bus';
import type { CallEvent, EndCall, EndCallReply, Fence, LiveCall } from '@trunkline/contracts';
import type { CallBus } from '../ports.js';

/** A bus whose fences, live calls and dialers a test sets up, and that can be switched off. */
export class InMemoryBus implements CallBus {
  readonly published: CallEvent[] = [];
  readonly claims = new Map<string, Fence>();
  readonly live = new Map<string, LiveCall>();
  readonly dialers = new Map<string, (command: EndCall) => EndCallReply>();
  /** `away`: not connected. `silent`: connected, and nothing is answered. */
  state: 'up' | 'away' | 'silent' = 'up';

  isConnected(): boolean {
    return this.state !== 'away';
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
      this.refuseUnlessUp();
      const held = this.claims.get(callSid);
      if (held) return { won: false, held, revision: 1 };
      this.claims.set(callSid, fence);
      return { won: true, revision: 1 };
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
  };

  private refuseUnlessUp(): void {
    if (this.state !== 'up') throw new BusUnavailableError('NATS is away');
  }
}
