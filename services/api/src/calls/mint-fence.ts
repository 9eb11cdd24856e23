import { randomUUID } from 'node:crypto';
import type { Fence } from '@trunkline/contracts';
import type { CallPorts } from '../ports.js';

/**
 * This process's claim to end a queued call. One is minted for each call and used in every attempt: a claim whose answer
 * was lost is recognised by its id, and another one would take it for somebody else's.
 */
export function mintFence({ instance, now }: Pick<CallPorts, 'instance' | 'now'>): Fence {
  return { owner: instance, kind: 'api', claimId: randomUUID(), at: now().toISOString() };
}
