import { SipParseError, UnsafeValueError } from './errors.js';
import { MAX_DELTA_SECONDS, parseDeltaSeconds } from './parse-delta-seconds.js';
import { parseParameters } from './parse-parameters.js';

/** Who keeps the session alive (RFC 4028 §4): `uac` is who sent the request that this stands in or answers. */
export type Refresher = 'uac' | 'uas';

/** RFC 4028 §4. */
export interface SessionExpires {
  seconds: number;
  /** Null when it is left to the other side. */
  refresher: Refresher | null;
}

/** Reads `1800;refresher=uac`. @throws SipParseError */
export function parseSessionExpires(text: string): SessionExpires {
  const { seconds, params } = readSeconds(text, 'Malformed Session-Expires');
  const refresher = params.get('refresher')?.toLowerCase();
  return { seconds, refresher: refresher === 'uac' || refresher === 'uas' ? refresher : null };
}

/** The seconds of a Min-SE (RFC 4028 §5). @throws SipParseError */
export function parseMinSe(text: string): number {
  return readSeconds(text, 'Malformed Min-SE').seconds;
}

function readSeconds(text: string, fault: string) {
  const semicolon = text.indexOf(';');
  const end = semicolon < 0 ? text.length : semicolon;
  const seconds = parseDeltaSeconds(text.slice(0, end));
  if (seconds === null) throw new SipParseError(fault);
  return { seconds, params: parseParameters(text, end) };
}

/** @throws UnsafeValueError when the seconds are no whole number */
export function formatSessionExpires({ seconds, refresher }: SessionExpires): string {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > MAX_DELTA_SECONDS) {
    throw new UnsafeValueError('a Session-Expires cannot be written');
  }
  return refresher === null ? String(seconds) : `${seconds};refresher=${refresher}`;
}
