/** Where packets come from or go to; the host is an IP address. */
export interface RtpAddress {
  host: string;
  port: number;
}

/** How silent the old source must have been before another one is believed, ms. */
const SILENCE_MS = 500;

/**
 * Symmetric RTP: sends to where packets come from, and defends that against strangers (RTP bleed and injection, the
 * class of CVE-2025-53399).
 *
 * - The first packet from any port of the signalled address locks its source.
 * - Later the source changes only with a new SSRC after 500 ms of silence, or when SDP signals another address.
 * - Until something is signalled everything is believed and nothing locks: gateways send before they answer.
 */
export class RtpLatch {
  private signalled: RtpAddress | null = null;
  private locked: RtpAddress | null = null;
  private ssrc = 0;
  private lastPacketMs = 0;

  constructor(private readonly nowMs: () => number) {}

  /** Where to send, or null while nothing is known. */
  get target(): RtpAddress | null {
    return this.locked ?? this.signalled;
  }

  /** What SDP says. The same address again changes nothing: a session refresh must not open the lock. */
  signal(address: RtpAddress): void {
    if (isSame(address, this.signalled)) return;
    this.signalled = address;
    this.locked = null;
  }

  /** Whether a packet is the far end's; may lock its source. */
  admit(from: RtpAddress, ssrc: number): boolean {
    if (this.signalled === null) return true;
    const nowMs = this.nowMs();
    if (!this.isTrusted(from, ssrc, nowMs)) return false;
    if (!isSame(from, this.locked)) this.locked = from;
    this.ssrc = ssrc;
    this.lastPacketMs = nowMs;
    return true;
  }

  private isTrusted(from: RtpAddress, ssrc: number, nowMs: number): boolean {
    if (isSame(from, this.locked)) return true;
    if (from.host !== this.signalled?.host) return false;
    return this.locked === null || (ssrc !== this.ssrc && nowMs - this.lastPacketMs >= SILENCE_MS);
  }
}

function isSame(a: RtpAddress, b: RtpAddress | null): boolean {
  return a.port === b?.port && a.host === b.host;
}
