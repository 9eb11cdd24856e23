/** The fixed header of an RTP packet. Numbers are unsigned. */
export interface RtpHeader {
  marker: boolean;
  /** 7 bits. */
  payloadType: number;
  /** 16 bits. */
  sequenceNumber: number;
  /** 32 bits, in samples. */
  timestamp: number;
  /** 32 bits. */
  ssrc: number;
}

/** A packet as it came: the payload is a view of the datagram, without padding. */
export interface RtpPacket extends RtpHeader {
  payload: Buffer;
}

/** Bytes of the fixed header. */
export const RTP_HEADER_BYTES = 12;

/**
 * Reads one datagram; null when it is no RTP packet of version 2, or its lengths do not fit together. Contributing
 * sources and the header extension are stepped over.
 *
 * ```text
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                           timestamp                           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           synchronization source (SSRC) identifier            |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 * |            contributing source (CSRC) identifiers             |
 * |                             ....                              |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |      defined by profile       |           length              |  when X; length in words of 32 bits
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                        header extension                       |
 * |                             ....                              |
 * ```
 *
 * @see RFC 3550 §5.1, §5.3.1
 */
export function parseRtpPacket(data: Buffer): RtpPacket | null {
  if (data.length < RTP_HEADER_BYTES) return null;
  const first = data.readUInt8(0);
  if (first >> 6 !== 2) return null;
  const start = payloadStart(data, first);
  const end = payloadEnd(data, first);
  if (start === null || end < start) return null;
  const second = data.readUInt8(1);
  return {
    marker: (second & 0x80) !== 0,
    payloadType: second & 0x7f,
    sequenceNumber: data.readUInt16BE(2),
    timestamp: data.readUInt32BE(4),
    ssrc: data.readUInt32BE(8),
    payload: data.subarray(start, end),
  };
}

/** Writes the fixed header into the first 12 bytes: version 2, no padding, no extension, no contributing sources. */
export function writeRtpHeader(target: Buffer, header: RtpHeader): void {
  target.writeUInt8(0x80, 0);
  target.writeUInt8((header.marker ? 0x80 : 0) | header.payloadType, 1);
  target.writeUInt16BE(header.sequenceNumber, 2);
  target.writeUInt32BE(header.timestamp, 4);
  target.writeUInt32BE(header.ssrc, 8);
}

function payloadStart(data: Buffer, first: number): number | null {
  const afterSources = RTP_HEADER_BYTES + (first & 0x0f) * 4;
  if ((first & 0x10) === 0) return afterSources <= data.length ? afterSources : null;
  if (afterSources + 4 > data.length) return null;
  const start = afterSources + 4 + data.readUInt16BE(afterSources + 2) * 4;
  return start <= data.length ? start : null;
}

/** The last byte of the padding says how long it is, itself included; 0 makes no sense. */
function payloadEnd(data: Buffer, first: number): number {
  if ((first & 0x20) === 0) return data.length;
  const padding = data.readUInt8(data.length - 1);
  return padding === 0 ? -1 : data.length - padding;
}
