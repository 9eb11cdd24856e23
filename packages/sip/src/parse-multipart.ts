import { SipParseError } from './errors.js';
import type { SipMessage } from './message.js';
import { unquote } from './parse-characters.js';
import { parseParameters } from './parse-parameters.js';

/** Parts beyond these are not looked at. */
const MAX_PARTS = 8;

/** RFC 2046 §5.1.1. */
const MAX_BOUNDARY = 70;

/**
 * Leaves the SDP of a multipart body, as gateways send that add ISUP or a location to it (RFC 5621 §3.1): body and
 * Content-Type are then those of that part. A message with another body, or without such a part, stays as it is. Never throws.
 */
export function unwrapSdp(message: SipMessage): void {
  const contentType = message.headers.get('Content-Type') ?? '';
  if (message.body.length === 0 || !/^\s*multipart\//i.test(contentType)) return;
  const boundary = boundaryOf(contentType);
  const sdp = boundary === null ? null : findSdp(message.body, Buffer.from(`--${boundary}`, 'latin1'));
  if (sdp === null) return;
  message.headers.set('Content-Type', 'application/sdp');
  message.body = sdp;
}

function boundaryOf(contentType: string): string | null {
  const semicolon = contentType.indexOf(';');
  if (semicolon < 0) return null;
  try {
    const boundary = unquote(parseParameters(contentType, semicolon).get('boundary') ?? '');
    return boundary === '' || boundary.length > MAX_BOUNDARY ? null : boundary;
  } catch (error) {
    if (error instanceof SipParseError) return null;
    throw error;
  }
}

function findSdp(body: Buffer, mark: Buffer): Buffer | null {
  let at = body.indexOf(mark);
  for (let part = 0; at >= 0 && part < MAX_PARTS; part++) {
    const from = at + mark.length;
    at = body.indexOf(mark, from);
    if (at < 0) return null;
    const sdp = readSdp(body.subarray(from, at));
    if (sdp) return sdp;
  }
  return null;
}

/** What stands between two marks: the rest of the line, headers, an empty line, the content, a line break. */
function readSdp(part: Buffer): Buffer | null {
  const headEnd = part.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const head = part.toString('latin1', 0, headEnd);
  const isSdp = /^content-type[ \t]*:[ \t]*application\/sdp[ \t]*(?:;|\r?$)/im.test(head);
  // SIP is binary: nobody has a reason to encode it, and who does is not understood (RFC 3261 §27.7).
  const isEncoded = /^content-transfer-encoding[ \t]*:[ \t]*(?:base64|quoted-printable)/im.test(head);
  return isSdp && !isEncoded ? part.subarray(headEnd + 4, part.length - 2) : null;
}
