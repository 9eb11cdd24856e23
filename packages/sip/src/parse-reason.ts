import { SipParseError, UnsafeValueError } from './errors.js';
import {
  hasControl,
  isAll,
  quote,
  readNumber,
  skipAll,
  splitCommas,
  TOKEN,
  unquote,
} from './parse-characters.js';
import { parseParameters } from './parse-parameters.js';

/** Why a call was ended, as a Reason header says it (RFC 3326). */
export interface Reason {
  /** `SIP`, `Q.850`, ... as written; compare without regard to case. */
  protocol: string;
  cause: number | null;
  text: string | null;
}

/** Normal call clearing (Q.850 §2.2.7.1.16): hung up, and nothing was wrong. */
export const Q850_NORMAL_CLEARING = 16;

const MAX_CAUSE = 999;

/** Reads a Reason value, a comma list. What cannot be read is left out: no call may fail for its explanation. Never throws. */
export function parseReasons(text: string): Reason[] {
  return splitCommas(text).flatMap((part) => readReason(part) ?? []);
}

function readReason(text: string): Reason | null {
  const end = skipAll(TOKEN, text, 0);
  if (end === 0) return null;
  try {
    const params = parseParameters(text, end);
    const words = params.get('text') ?? null;
    return {
      protocol: text.slice(0, end),
      cause: readNumber(params.get('cause') ?? '', MAX_CAUSE),
      text: words === null ? null : unquote(words),
    };
  } catch (error) {
    if (error instanceof SipParseError) return null;
    throw error;
  }
}

/** @throws UnsafeValueError */
export function formatReason(reason: Reason): string {
  if (!isAll(TOKEN, reason.protocol) || hasControl(reason.text ?? '')) {
    throw new UnsafeValueError('a Reason has characters that cannot be written');
  }
  const cause = reason.cause === null ? '' : `;cause=${reason.cause}`;
  return `${reason.protocol}${cause}${reason.text === null ? '' : `;text=${quote(reason.text)}`}`;
}
