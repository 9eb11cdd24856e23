import { randomBytes } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { MediaError } from '../errors.js';
import { CLOCK_RATE, CODECS, type CodecChoice, TELEPHONE_EVENT_TYPE } from './codecs.js';
import { type AudioAgreement, agreeOnAudio } from './negotiate.js';
import { type Direction, type MediaSection, readSdp } from './read-sdp.js';

/** What one of our `m=` sections says of audio. */
interface LocalAudio {
  choices: readonly CodecChoice[];
  telephoneEventType: number | null;
  packetMs: number;
  direction: Direction;
}

/**
 * Our side of offer and answer (RFC 3264) for one call: what we last said, and the number of its version. Whatever
 * throws leaves all as it was.
 */
export class OfferAnswer {
  /** Our last description's sections; their number never shrinks, their order never changes (§8). */
  private sections: string[] = [];
  private audioIndex = 0;
  private agreement: AudioAgreement | null = null;
  private version = 1;
  private readonly sessionId = randomBytes(6).readUIntBE(0, 6);
  private lastBody = '';

  private readonly family: 4 | 6;
  private host: string;

  constructor(private readonly local: { host: string; port: number }) {
    this.family = isIPv6(local.host) ? 6 : 4;
    this.host = local.host;
  }

  /** Names another address of ours from now on; one of the other IP version leaves it as it is. Null: the first one again. */
  useHost(host: string | null): void {
    const isOfFamily = host !== null && isIPv6(host) === (this.family === 6);
    this.host = isOfFamily ? host : this.local.host;
  }

  /** All that we can; the same again as long as nothing was agreed since. */
  offer(): string {
    const sections = [...this.sections];
    sections[this.audioIndex] = this.renderAudio({
      choices: CODECS.map((codec) => ({ codec, payloadType: codec.payloadType })),
      telephoneEventType: this.agreement?.telephoneEventType ?? TELEPHONE_EVENT_TYPE,
      packetMs: 20,
      direction: 'sendrecv',
    });
    return this.describe(sections);
  }

  /** @throws MediaError */
  acceptAnswer(sdp: string): AudioAgreement {
    const theirs = readSdp(sdp);
    const count = Math.max(1, this.sections.length);
    if (theirs.length !== count)
      throw new MediaError(`SDP: the answer has ${theirs.length} m= lines, the offer had ${count}`);
    const agreement = agreeOnAudio(theirs, this.family);
    if (agreement.index !== this.audioIndex)
      throw new MediaError('SDP: the answer takes what was not offered');
    this.agreement = agreement;
    return agreement;
  }

  /** @throws MediaError */
  answer(offer: string): { sdp: string; agreement: AudioAgreement } {
    const theirs = readSdp(offer);
    if (theirs.length < this.sections.length)
      throw new MediaError(`SDP: ${theirs.length} m= lines, and there were ${this.sections.length} before`);
    const agreement = agreeOnAudio(theirs, this.family);
    const audio = this.renderAudio({ ...agreement, choices: [agreement.choice] });
    this.agreement = agreement;
    this.audioIndex = agreement.index;
    const sections = theirs.map((section, index) => (index === agreement.index ? audio : refuse(section)));
    return { sdp: this.describe(sections), agreement };
  }

  /** The version in o= rises when, and only when, something else in the description changed (§8). */
  private describe(sections: string[]): string {
    const address = `IN IP${this.family} ${this.host}`;
    const body = `s=-\r\nc=${address}\r\nt=0 0\r\n${sections.join('')}`;
    if (this.lastBody !== '' && body !== this.lastBody) this.version += 1;
    this.lastBody = body;
    this.sections = sections;
    return `v=0\r\no=- ${this.sessionId} ${this.version} ${address}\r\n${body}`;
  }

  private renderAudio({ choices, telephoneEventType, packetMs, direction }: LocalAudio): string {
    const types = choices.map(({ payloadType }) => payloadType);
    const events = telephoneEventType === null ? [] : [telephoneEventType];
    const lines = [
      `m=audio ${this.local.port} RTP/AVP ${[...types, ...events].join(' ')}`,
      ...choices.map(({ codec, payloadType }) => `a=rtpmap:${payloadType} ${codec.encoding}/${CLOCK_RATE}`),
      ...events.flatMap((type) => [`a=rtpmap:${type} telephone-event/${CLOCK_RATE}`, `a=fmtp:${type} 0-15`]),
      `a=ptime:${packetMs}`,
      `a=${direction}`,
    ];
    return lines.map((line) => `${line}\r\n`).join('');
  }
}

/** Port 0 refuses a stream; the rest of the line is repeated as it came (§6). */
function refuse({ type, protocol, formats }: MediaSection): string {
  return `m=${type} 0 ${protocol} ${formats.join(' ')}\r\n`;
}
