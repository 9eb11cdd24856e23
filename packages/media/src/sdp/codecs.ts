import type { MediaSection } from './read-sdp.js';

/** A codec that we speak: G.711 (RFC 3551 §4.5.14), one channel at 8000 Hz. */
export interface Codec {
  encoding: 'PCMU' | 'PCMA';
  /** Its static payload type (RFC 3551 §6). */
  payloadType: number;
  /** The byte that decodes to silence: +0 in µ-law, the smallest level in A-law (its even bits inverted). */
  silence: number;
}

/** In our order of preference. */
export const CODECS: readonly Codec[] = [
  { encoding: 'PCMU', payloadType: 0, silence: 0xff },
  { encoding: 'PCMA', payloadType: 8, silence: 0xd5 },
];

/** Both have this clock, and so has our telephone-event (RFC 4733). */
export const CLOCK_RATE = 8_000;

/** The payload type by which we offer telephone-event. */
export const TELEPHONE_EVENT_TYPE = 101;

/** A codec under the number that a description gives it. */
export interface CodecChoice {
  codec: Codec;
  payloadType: number;
}

/** The codecs of a section that we speak, in its order. */
export function findCodecs(section: MediaSection): CodecChoice[] {
  return section.formats.flatMap((format) => {
    const encoding = encodingOf(section, format);
    const codec = CODECS.find((candidate) => candidate.encoding === encoding);
    return codec ? [{ codec, payloadType: Number(format) }] : [];
  });
}

/** The payload type of telephone-event at our clock, or null. */
export function findTelephoneEvent(section: MediaSection): number | null {
  const format = section.formats.find((name) => encodingOf(section, name) === 'TELEPHONE-EVENT');
  return format === undefined ? null : Number(format);
}

/** A mapping that is given counts; without one the static types mean what RFC 3551 says. */
function encodingOf(section: MediaSection, format: string): string | null {
  if (!/^\d{1,3}$/.test(format)) return null;
  const payloadType = Number(format);
  const mapping = section.mappings.find((candidate) => candidate.payloadType === payloadType);
  if (mapping === undefined)
    return CODECS.find((codec) => codec.payloadType === payloadType)?.encoding ?? null;
  return mapping.clockRate === CLOCK_RATE && mapping.channels === 1 ? mapping.encoding : null;
}
