import { isIP } from 'node:net';
import { parse as parseAttributes } from 'sdp-transform';
import { MediaError } from '../errors.js';

/** Which way media may flow, seen from whoever wrote the description (RFC 3264 §5.1). */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** What a payload type means: an `a=rtpmap` line. */
export interface PayloadMapping {
  /** 0 to 127. */
  payloadType: number;
  /** Upper case. */
  encoding: string;
  clockRate: number;
  /** 1 when the line does not say. */
  channels: number;
}

/** One `m=` section. Nothing in it has been judged, but every field is what its type says. */
export interface MediaSection {
  /** audio, video, image … */
  type: string;
  /** 0: refused or switched off. */
  port: number;
  /** More than 1 only for layered encodings. */
  portCount: number;
  protocol: string;
  /** Payload types for RTP, in order of preference; never empty. */
  formats: readonly string[];
  /** The `c=` that holds for it: its own, or the session's; null when there is neither. */
  connection: { family: 4 | 6; address: string } | null;
  direction: Direction;
  mappings: readonly PayloadMapping[];
  /** Null when absent, or no number that makes sense. */
  ptimeMs: number | null;
  maxPtimeMs: number | null;
}

/**
 * Reads a session description (RFC 4566) strictly where it matters: sdp-transform itself takes anything, and turns what
 * it cannot read into NaN, undefined or nothing. Attributes that we do not use are not looked at.
 * @throws MediaError naming the line
 */
export function readSdp(text: string): MediaSection[] {
  const lines = splitLines(text);
  checkHead(lines);
  const { sections, connection } = splitSections(lines);
  const attributes = parseAttributes(lines.filter(isUsedLine).join('\r\n'));
  return sections.map((section, index) => {
    const media = attributes.media[index];
    return {
      ...section.media,
      connection: section.connection ?? connection,
      direction: media?.direction ?? attributes.direction ?? 'sendrecv',
      mappings: readMappings(media?.rtp ?? []),
      ptimeMs: readMilliseconds(media?.ptime),
      maxPtimeMs: readMilliseconds(media?.maxptime),
    };
  });
}

const MAX_CHARACTERS = 16 * 1024;
const MAX_LINE_CHARACTERS = 2 * 1024;
const MAX_SECTIONS = 32;
const MAX_FORMATS = 128;

function splitLines(text: string): string[] {
  if (text.trim() === '') throw new MediaError('SDP: it is empty');
  if (text.length > MAX_CHARACTERS) throw new MediaError(`SDP: longer than ${MAX_CHARACTERS} characters`);
  // Some devices end lines with LF alone, or leave empty ones at the end.
  const lines = text.replace(/[\r\n]+$/, '').split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    if (hasControlCharacter(line)) fail(index, 'holds a control character');
    if (line.length > MAX_LINE_CHARACTERS) fail(index, `is longer than ${MAX_LINE_CHARACTERS} characters`);
    if (!/^[a-z]=/.test(line)) fail(index, `is not of the form x=value: ${shorten(line)}`);
  }
  return lines;
}

function checkHead(lines: readonly string[]): void {
  if (lines[0]?.trim() !== 'v=0') fail(0, `must be v=0: ${shorten(lines[0] ?? '')}`);
  if (!/^o=\S+ \d{1,20} \d{1,20} IN IP[46] \S+\s*$/.test(lines[1] ?? ''))
    fail(1, `must be o= with its six fields: ${shorten(lines[1] ?? '')}`);
  const second = lines.findIndex((line, index) => index > 1 && /^[vo]=/.test(line));
  if (second !== -1) fail(second, 'begins a second description');
}

type MediaLine = Pick<MediaSection, 'type' | 'port' | 'portCount' | 'protocol' | 'formats'>;
type Connection = MediaSection['connection'];

function splitSections(lines: readonly string[]) {
  const sections: { media: MediaLine; connection: Connection }[] = [];
  let connection: Connection = null;
  for (const [index, line] of lines.entries()) {
    const section = sections.at(-1);
    if (line.startsWith('m=')) sections.push({ media: readMediaLine(line, index), connection: null });
    else if (!line.startsWith('c=')) continue;
    else if (section) section.connection ??= readConnection(line, index);
    else connection ??= readConnection(line, index);
  }
  if (sections.length === 0) throw new MediaError('SDP: there is no m= line');
  if (sections.length > MAX_SECTIONS) throw new MediaError(`SDP: more than ${MAX_SECTIONS} m= lines`);
  return { sections, connection };
}

function readMediaLine(line: string, index: number): MediaLine {
  const match = /^m=([\w-]+) (\d{1,5})(?:\/(\d{1,5}))? ([\w/.-]+) (.*\S)\s*$/.exec(line);
  if (!match) return fail(index, `is no m= line of type, port, protocol and formats: ${shorten(line)}`);
  const [, type = '', port = '', portCount = '1', protocol = '', formats = ''] = match;
  if (Number(port) > 65_535) fail(index, `has the port ${port}`);
  const list = formats.split(/ +/);
  if (list.length > MAX_FORMATS) fail(index, `has more than ${MAX_FORMATS} formats`);
  return { type, port: Number(port), portCount: Number(portCount), protocol, formats: list };
}

function readConnection(line: string, index: number): Connection {
  const match = /^c=IN IP([46]) (\S+)\s*$/.exec(line);
  if (!match) return fail(index, `is no c= line of IN, IP4 or IP6, and an address: ${shorten(line)}`);
  const family = match[1] === '4' ? 4 : 6;
  const address = match[2] ?? '';
  const kind = isIP(address);
  if (kind !== 0 && kind !== family) fail(index, `calls ${shorten(address)} an IP${family} address`);
  return { family, address };
}

/** Only these go to sdp-transform: the fewer of its patterns meet hostile text, the better. */
function isUsedLine(line: string): boolean {
  return /^(?:m=|a=(?:rtpmap:|ptime:|maxptime:|sendrecv|sendonly|recvonly|inactive))/.test(line);
}

interface RawMapping {
  payload: number;
  codec: string;
  rate?: number;
  encoding?: number;
}

/** sdp-transform gives what the regular expression caught, as a number or as text: neither can be relied on. */
function readMappings(raw: readonly RawMapping[]): PayloadMapping[] {
  return raw
    .map(({ payload, codec, rate, encoding }) => ({
      payloadType: Number(String(payload) || Number.NaN),
      encoding: String(codec).toUpperCase(),
      clockRate: Number(rate),
      channels: encoding === undefined ? 1 : Number(encoding),
    }))
    .filter(({ payloadType }) => payloadType >= 0 && payloadType <= 127);
}

function readMilliseconds(value: unknown): number | null {
  const ms = Number(value);
  return Number.isInteger(ms) && ms > 0 ? ms : null;
}

function hasControlCharacter(line: string): boolean {
  for (let index = 0; index < line.length; index += 1) {
    const code = line.charCodeAt(index);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return true;
  }
  return false;
}

function fail(index: number, what: string): never {
  throw new MediaError(`SDP line ${index + 1} ${what}`);
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
