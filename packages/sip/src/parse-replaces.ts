import { SipParseError } from './errors.js';
import { isVisible, trimSpace } from './parse-characters.js';
import { parseParameters } from './parse-parameters.js';

/** The dialog whose place another one takes (RFC 3891 §6.1). */
export interface Replaces {
  callId: string;
  /** The local tag of who receives this. */
  toTag: string;
  /** The remote tag of who receives this. */
  fromTag: string;
  /** Only while that dialog is not confirmed. */
  earlyOnly: boolean;
}

/** Reads `call-id;to-tag=…;from-tag=…`. @throws SipParseError */
export function parseReplaces(text: string): Replaces {
  const semicolon = text.indexOf(';');
  const callId = trimSpace(text.slice(0, Math.max(0, semicolon)));
  if (!isVisible(callId)) throw malformed();
  const params = parseParameters(text, semicolon);
  const toTag = params.get('to-tag');
  const fromTag = params.get('from-tag');
  if (!toTag || !fromTag) throw malformed();
  return { callId, toTag, fromTag, earlyOnly: params.has('early-only') };
}

function malformed(): SipParseError {
  return new SipParseError('Malformed Replaces');
}
