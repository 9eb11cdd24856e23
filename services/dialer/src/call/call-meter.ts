import type { CallEvent, EndReason } from '@trunkline/contracts';

/** Told what calls do, for the metrics. */
export interface CallMeter {
  inviteSent(): void;
  /** @param trunk its name */
  legEnded(trunk: string, reason: EndReason): void;
  published(event: CallEvent): void;
}
