import { randomBytes } from 'node:crypto';
import type { RtpAddress } from './rtp-latch.js';
import { RTP_HEADER_BYTES, writeRtpHeader } from './rtp-packet.js';

/** G.711: 8 samples of one byte a millisecond (RFC 3551 §4.5.14). */
const SAMPLES_PER_MS = 8;
const FRAME_SAMPLES = 20 * SAMPLES_PER_MS;
const MAX_PACKET_MS = 60;
/** A catch-up sends at most 6 frames in 10 ms packets at once; the rest is for a socket that is slow to take them. */
const MAX_BUFFERS = 16;

/** Sends a packet; the buffer is the socket's until `done`. */
export type SendPacket = (packet: Buffer, to: RtpAddress, done: (error: Error | null) => void) => void;

/** What the packets are made of. */
export interface OutgoingFormat {
  payloadType: number;
  /** The byte that is silence in this encoding. */
  silence: number;
  /** 10 to 60. */
  packetMs: number;
}

interface SendBuffer {
  bytes: Buffer;
  done: (error: Error | null) => void;
}

/**
 * One outgoing stream of silence (RFC 3550 §5.1): SSRC, first sequence number and first timestamp are random, the
 * timestamp goes on while nothing is sent, and the first packet after that has the marker.
 */
export class RtpSender {
  private readonly ssrc: number;
  private sequenceNumber: number;
  private timestamp: number;
  private format: OutgoingFormat = { payloadType: 0, silence: 0xff, packetMs: 20 };
  private pendingSamples = 0;
  private isTalkspurt = false;
  private sent = 0;
  /** Last in, first out: in quiet running one buffer serves all packets. */
  private idle: SendBuffer[] = [];
  private buffers = 0;

  constructor(
    private readonly send: SendPacket,
    private readonly onError: (error: Error) => void,
  ) {
    const random = randomBytes(10);
    this.ssrc = random.readUInt32BE(0);
    this.timestamp = random.readUInt32BE(4);
    this.sequenceNumber = random.readUInt16BE(8);
  }

  get sentPackets(): number {
    return this.sent;
  }

  /** From the next packet on. */
  use(format: OutgoingFormat): void {
    this.format = format;
  }

  /** Lets 20 ms frames pass, and sends what is due to `target`; null while the far end wants nothing. */
  advance(frames: number, skippedFrames: number, target: RtpAddress | null): void {
    this.pass(skippedFrames * FRAME_SAMPLES);
    this.pendingSamples += frames * FRAME_SAMPLES;
    if (target === null) this.keepSilent();
    else this.sendPending(target);
  }

  private sendPending(target: RtpAddress): void {
    const packetSamples = this.format.packetMs * SAMPLES_PER_MS;
    for (; this.pendingSamples >= packetSamples; this.pendingSamples -= packetSamples) {
      this.sendPacket(packetSamples, target);
      this.pass(packetSamples);
    }
  }

  private keepSilent(): void {
    this.pass(this.pendingSamples);
    this.pendingSamples = 0;
    this.isTalkspurt = false;
  }

  private pass(samples: number): void {
    this.timestamp = (this.timestamp + samples) >>> 0;
  }

  private sendPacket(samples: number, target: RtpAddress): void {
    const buffer = this.idle.pop() ?? this.addBuffer();
    if (buffer === null) return;
    const { ssrc, sequenceNumber, timestamp, isTalkspurt } = this;
    const { payloadType, silence } = this.format;
    writeRtpHeader(buffer.bytes, { marker: !isTalkspurt, payloadType, sequenceNumber, timestamp, ssrc });
    buffer.bytes.fill(silence, RTP_HEADER_BYTES, RTP_HEADER_BYTES + samples);
    this.isTalkspurt = true;
    this.sequenceNumber = (sequenceNumber + 1) & 0xffff;
    this.send(buffer.bytes.subarray(0, RTP_HEADER_BYTES + samples), target, buffer.done);
  }

  private addBuffer(): SendBuffer | null {
    if (this.buffers >= MAX_BUFFERS) return null;
    this.buffers += 1;
    const buffer: SendBuffer = {
      bytes: Buffer.allocUnsafe(RTP_HEADER_BYTES + MAX_PACKET_MS * SAMPLES_PER_MS),
      done: (error) => {
        this.idle.push(buffer);
        if (error) this.onError(error);
        else this.sent += 1;
      },
    };
    return buffer;
  }
}
