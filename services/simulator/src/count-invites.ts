/** How often each number and each Call-ID was invited; a retransmission is no second INVITE. */
export interface InviteCounts {
  add(calledNumber: string, callId: string): void;
  /** As `GET /numbers` shows it. */
  report(): InviteReport;
}

export interface InviteReport {
  /** Distinct Call-IDs. */
  calls: number;
  invites: number;
  byNumber: Record<string, { invites: number; calls: number }>;
  byCallId: Record<string, { number: string; invites: number }>;
}

/** Counts for as many calls as `limit`; the oldest are forgotten first, so that a long load run does not fill the memory. */
export function createInviteCounts(limit = 200_000): InviteCounts {
  const byCallId = new Map<string, { number: string; invites: number }>();
  return {
    add(number, callId) {
      const known = byCallId.get(callId);
      if (known) known.invites += 1;
      else byCallId.set(callId, { number, invites: 1 });
      const [oldest] = byCallId.keys();
      if (byCallId.size > limit && oldest !== undefined) byCallId.delete(oldest);
    },
    report: () => reportOf(byCallId),
  };
}

function reportOf(byCallId: ReadonlyMap<string, { number: string; invites: number }>): InviteReport {
  const byNumber = new Map<string, { invites: number; calls: number }>();
  let total = 0;
  for (const { number, invites } of byCallId.values()) {
    const sum = byNumber.get(number) ?? { invites: 0, calls: 0 };
    byNumber.set(number, { invites: sum.invites + invites, calls: sum.calls + 1 });
    total += invites;
  }
  return {
    calls: byCallId.size,
    invites: total,
    byNumber: Object.fromEntries(byNumber),
    byCallId: Object.fromEntries(byCallId),
  };
}
