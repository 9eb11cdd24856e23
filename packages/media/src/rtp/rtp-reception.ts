import type { RtpHeader } from './rtp-packet.js';

/** A jump of more than this is a sender that began anew, not loss (RFC 3550 appendix A.1, MAX_DROPOUT). */
const MAX_DROPOUT = 3_000;
/** So far back a packet is late, not a jump (MAX_MISORDER). */
const MAX_MISORDER = 100;

/**
 * Counts what came and what is missing, by extended sequence numbers (RFC 3550 appendices A.1 and A.3). A new SSRC, or a
 * great jump, begins a new run; what the runs before it lost stays counted.
 */
export class RtpReception {
  private packets = 0;
  private lostBefore = 0;
  private run: Run | null = null;

  get received(): number {
    return this.packets;
  }

  /** Never below zero, though duplicates make more come than was sent. */
  get lost(): number {
    return this.lostBefore + lostIn(this.run);
  }

  receive({ ssrc, sequenceNumber }: Pick<RtpHeader, 'ssrc' | 'sequenceNumber'>): void {
    this.packets += 1;
    const { run } = this;
    if (run === null || run.ssrc !== ssrc || isJump(run, sequenceNumber)) {
      this.begin(ssrc, sequenceNumber);
      return;
    }
    run.received += 1;
    const ahead = aheadOf(run, sequenceNumber);
    if (ahead < MAX_DROPOUT) run.highest += ahead;
  }

  private begin(ssrc: number, sequenceNumber: number): void {
    this.lostBefore += lostIn(this.run);
    this.run = { ssrc, first: sequenceNumber, highest: sequenceNumber, received: 1 };
  }
}

interface Run {
  ssrc: number;
  first: number;
  /** Extended: goes on above 65,535. */
  highest: number;
  received: number;
}

/** Modulo 2^16: what came late is far ahead. */
function aheadOf(run: Run, sequenceNumber: number): number {
  return (sequenceNumber - run.highest) & 0xffff;
}

function isJump(run: Run, sequenceNumber: number): boolean {
  const ahead = aheadOf(run, sequenceNumber);
  return ahead >= MAX_DROPOUT && ahead < 0x10000 - MAX_MISORDER;
}

function lostIn(run: Run | null): number {
  return run === null ? 0 : Math.max(0, run.highest - run.first + 1 - run.received);
}
