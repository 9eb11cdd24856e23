import type { CallEvent } from '@trunkline/contracts';

/** Where a call's events go: kept in order a call, and sent again until they are acknowledged. */
export interface CallEvents {
  publish(event: CallEvent): void;
  /** Resolves when this call's events so far are all acknowledged. */
  settled(callSid: string): Promise<void>;
}
