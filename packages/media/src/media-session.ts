import { isIPv6 } from 'node:net';
import { MediaSocketError, NoPortError } from './errors.js';
import type { MediaClock } from './media-clock.js';
import { bindMediaSocket, type MediaSocket } from './media-socket.js';
import type { PortPool } from './port-pool.js';
import { type RtpAddress, RtpLatch } from './rtp/rtp-latch.js';
import { parseRtpPacket } from './rtp/rtp-packet.js';
import { RtpReception } from './rtp/rtp-reception.js';
import { RtpSender } from './rtp/rtp-sender.js';
import { CODECS, TELEPHONE_EVENT_TYPE } from './sdp/codecs.js';
import type { AudioAgreement } from './sdp/negotiate.js';
import { OfferAnswer } from './sdp/offer-answer.js';

/** The audio of one call: a port of its own, its side of offer and answer, and what is sent and received. */
export interface MediaSession {
  readonly port: number;
  /**
   * Our SDP offer: PCMU, PCMA, telephone-event, sendrecv, ptime 20. The same text until something is agreed.
   * @param publicHost what it gives as our address, from now on, where the far end sees another one than `publicHost` of
   * the options; of the same IP version, or it is left out
   */
  offer(publicHost?: string): string;
  /** Takes the answer to our offer; may be called again (a 183, then the 200). @throws MediaError */
  acceptAnswer(sdp: string): void;
  /**
   * Answers an offer: the first one, or a re-INVITE's hold, resume or move; '' gives our own offer.
   * @throws MediaError; the session goes on as it was
   */
  answer(offer: string): string;
  /** Begins to send silence, as soon as it is known where to. */
  start(): void;
  /** What came is counted from the moment that the port is open. */
  counters(): { sentPackets: number; receivedPackets: number; lostPackets: number };
  /** Frees the port. Nothing is sent or received after. */
  close(): Promise<void>;
}

export interface MediaSessionOptions {
  ports: PortPool;
  clock: MediaClock;
  /** The IP address to listen on; 0.0.0.0 or :: for all. */
  bindHost: string;
  /** The address that our SDP gives. */
  publicHost: string;
  /** The socket's errors; of a row of failed packets only the first is told. */
  onError?: (error: Error) => void;
}

/** So many ports held by other programs in a row are looked at before we give up. */
const MAX_BIND_TRIES = 100;
/** Comfort noise (RFC 3389) may come without having been agreed on. */
const COMFORT_NOISE_TYPE = 13;

/**
 * Opens a session on a port of the pool, passing over ports that other programs hold.
 * @throws NoPortError
 * @throws MediaSocketError when it is not the port that is at fault
 */
export async function openMediaSession(options: MediaSessionOptions): Promise<MediaSession> {
  if (isIPv6(options.publicHost) !== isIPv6(options.bindHost))
    throw new MediaSocketError(
      options.bindHost,
      new Error(`${options.publicHost} is of the other IP version`),
    );
  for (let tries = 0; tries < MAX_BIND_TRIES; tries += 1) {
    const port = options.ports.take();
    if (port === null) break;
    const session = new RtpSession(port, options);
    const error = await session.open();
    if (error === null) return session;
    options.ports.giveBack(port);
    if (!('code' in error && error.code === 'EADDRINUSE'))
      throw new MediaSocketError(options.bindHost, error);
  }
  throw new NoPortError(options.ports.total());
}

class RtpSession implements MediaSession {
  private readonly sdp: OfferAnswer;
  private readonly latch: RtpLatch;
  private readonly reception = new RtpReception();
  private readonly sender: RtpSender;
  private readonly receivedTypes = new Set([
    ...CODECS.map(({ payloadType }) => payloadType),
    TELEPHONE_EVENT_TYPE,
    COMFORT_NOISE_TYPE,
  ]);
  private socket: MediaSocket | null = null;
  private ticking: { remove(): void } | null = null;
  private closing: Promise<void> | null = null;
  private maySend = false;
  private sentAtLastError = -1;

  constructor(
    readonly port: number,
    private readonly options: MediaSessionOptions,
  ) {
    this.sdp = new OfferAnswer({ host: options.publicHost, port });
    this.latch = new RtpLatch(() => performance.now());
    this.sender = new RtpSender(
      (packet, to, done) => this.socket?.send(packet, to, done),
      (error) => this.reportSendError(error),
    );
  }

  /** The system's error, or null when the socket is open. */
  async open(): Promise<Error | null> {
    try {
      this.socket = await bindMediaSocket({
        host: this.options.bindHost,
        port: this.port,
        onPacket: (data, from) => this.receive(data, from),
        onError: (error) => this.options.onError?.(error),
      });
      return null;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  offer(publicHost?: string): string {
    this.sdp.useHost(publicHost ?? null);
    return this.sdp.offer();
  }

  acceptAnswer(sdp: string): void {
    this.follow(this.sdp.acceptAnswer(sdp));
  }

  answer(offer: string): string {
    if (offer === '') return this.sdp.offer();
    const { sdp, agreement } = this.sdp.answer(offer);
    this.follow(agreement);
    return sdp;
  }

  start(): void {
    if (this.closing === null) this.ticking ??= this.options.clock.add((...due) => this.tick(...due));
  }

  counters(): { sentPackets: number; receivedPackets: number; lostPackets: number } {
    return {
      sentPackets: this.sender.sentPackets,
      receivedPackets: this.reception.received,
      lostPackets: this.reception.lost,
    };
  }

  close(): Promise<void> {
    this.closing ??= this.shut();
    return this.closing;
  }

  private async shut(): Promise<void> {
    this.ticking?.remove();
    this.maySend = false;
    const { socket } = this;
    this.socket = null;
    await socket?.close();
    this.options.ports.giveBack(this.port);
  }

  /** Takes up what was agreed. The far end may still use any number that it was given before: packets overtake SDP. */
  private follow({ choice, telephoneEventType, packetMs, direction, remote }: AudioAgreement): void {
    const { payloadType, codec } = choice;
    this.sender.use({ payloadType, silence: codec.silence, packetMs });
    this.receivedTypes.add(payloadType);
    if (telephoneEventType !== null) this.receivedTypes.add(telephoneEventType);
    this.maySend = direction === 'sendrecv' || direction === 'sendonly';
    if (remote !== null) this.latch.signal(remote);
  }

  private tick(frames: number, skippedFrames: number): void {
    try {
      this.sender.advance(frames, skippedFrames, this.maySend ? this.latch.target : null);
    } catch (error) {
      this.reportSendError(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private receive(data: Buffer, from: RtpAddress): void {
    const packet = parseRtpPacket(data);
    if (packet === null || !this.receivedTypes.has(packet.payloadType)) return;
    if (this.latch.admit(from, packet.ssrc)) this.reception.receive(packet);
  }

  /** A target that cannot be reached fails 50 times a second: once until a packet gets through again is enough. */
  private reportSendError(error: Error): void {
    if (this.closing !== null || this.sentAtLastError === this.sender.sentPackets) return;
    this.sentAtLastError = this.sender.sentPackets;
    this.options.onError?.(error);
  }
}
