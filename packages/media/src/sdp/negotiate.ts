import { BlockList, isIP, SocketAddress } from 'node:net';
import { MediaError } from '../errors.js';
import { type CodecChoice, findCodecs, findTelephoneEvent } from './codecs.js';
import type { Direction, MediaSection } from './read-sdp.js';

/** The audio stream that both sides have agreed on, seen from ours. */
export interface AudioAgreement {
  /** Which `m=` section. */
  index: number;
  /** What we send, and under which number. */
  choice: CodecChoice;
  telephoneEventType: number | null;
  /** How much audio we put into a packet, ms. */
  packetMs: number;
  /** Our direction. */
  direction: Direction;
  /** Where the far end listens; null when it gave an address that means nowhere. */
  remote: { host: string; port: number } | null;
}

/**
 * The first audio section that we can speak; its first codec that we have is taken (RFC 3264 §6.1).
 * @throws MediaError telling of every section why not
 */
export function agreeOnAudio(sections: readonly MediaSection[], family: 4 | 6): AudioAgreement {
  const complaints: string[] = [];
  for (const [index, section] of sections.entries()) {
    const complaint = complainOf(section) ?? complainOfAddress(section.connection, family);
    if (complaint === null) return agree(section, index);
    complaints.push(`m=${section.type} ${complaint}`);
  }
  throw new MediaError(`SDP: no audio that we speak: ${complaints.join('; ')}`);
}

/** Why a section cannot be taken, whatever its address, or null. */
function complainOf(section: MediaSection): string | null {
  if (section.type !== 'audio') return 'is not audio';
  if (section.port === 0) return 'has port 0: it is refused or switched off';
  if (section.portCount !== 1) return `asks for ${section.portCount} ports`;
  if (section.protocol.toUpperCase() !== 'RTP/AVP') return `is ${section.protocol}, and we speak RTP/AVP`;
  if (findCodecs(section).length === 0) return `offers neither PCMU nor PCMA: ${nameFormats(section)}`;
  return null;
}

/** Names are not looked up, and a group, or everybody, is never sent to: who writes SDP would choose our target. */
function complainOfAddress(connection: MediaSection['connection'], ours: 4 | 6): string | null {
  if (connection === null) return 'has no c= line';
  const { address, family } = connection;
  if (isNowhere(address)) return null;
  if (family !== ours) return `is at an IP${family} address, and we have IP${ours}`;
  if (isIP(address) === 0) return `has a c= line without an IP address: ${address.slice(0, 80)}`;
  return NOT_ONE_HOST.check(address, family === 4 ? 'ipv4' : 'ipv6')
    ? `has the group address ${address}`
    : null;
}

/** Hold as in RFC 2543, or an address that is not known yet (RFC 3264 §5.1, §8.4; RFC 6157 §3). */
function isNowhere(address: string): boolean {
  return address === '0.0.0.0' || /^[0:]*:[0:]*$/.test(address) || /\.invalid\.?$/i.test(address);
}

const NOT_ONE_HOST = new BlockList();
NOT_ONE_HOST.addSubnet('224.0.0.0', 3, 'ipv4');
NOT_ONE_HOST.addSubnet('0.0.0.0', 8, 'ipv4');
NOT_ONE_HOST.addSubnet('ff00::', 8, 'ipv6');

function agree(section: MediaSection, index: number): AudioAgreement {
  const [choice] = findCodecs(section);
  const { connection, port } = section;
  if (choice === undefined || connection === null) throw new MediaError('SDP: no codec'); // complainOf saw to it
  const remote = isNowhere(connection.address) ? null : { host: canonical(connection), port };
  return {
    index,
    choice,
    telephoneEventType: findTelephoneEvent(section),
    packetMs: choosePacketMs(section),
    direction: mirror(section.direction, remote !== null),
    remote,
  };
}

/** As the socket writes it: packets are compared with it. IPv4 has one form only. */
function canonical({ address, family }: { address: string; family: 4 | 6 }): string {
  return family === 4 ? address : new SocketAddress({ address, family: 'ipv6' }).address;
}

/** What we may do, given what they do; who has no address cannot receive (RFC 3264 §6.1). */
function mirror(theirs: Direction, hasAddress: boolean): Direction {
  const weSend = hasAddress && (theirs === 'sendrecv' || theirs === 'recvonly');
  const weReceive = theirs === 'sendrecv' || theirs === 'sendonly';
  if (weSend) return weReceive ? 'sendrecv' : 'sendonly';
  return weReceive ? 'recvonly' : 'inactive';
}

/** The far end's wish in steps of 10 ms, as far as one packet of ours goes. */
function choosePacketMs({ ptimeMs, maxPtimeMs }: MediaSection): number {
  const wishMs = Math.min(ptimeMs ?? 20, maxPtimeMs ?? 60, 60);
  return Math.max(10, Math.floor(wishMs / 10) * 10);
}

function nameFormats({ formats, mappings }: MediaSection): string {
  const names = formats.map(
    (format) => mappings.find(({ payloadType }) => String(payloadType) === format)?.encoding ?? format,
  );
  return names.join(', ').slice(0, 200);
}
