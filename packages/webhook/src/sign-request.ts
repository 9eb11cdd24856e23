import { createHmac } from 'node:crypto';
import type { Parameters } from './prepare-request.js';

/**
 * The value of `X-Twilio-Signature` for a request: HMAC-SHA1, in base64, with the account's token as its key, of the URL
 * and of the form's names and values in the names' order; a repeated name has its different values once each, in order.
 * @param request.url as requested, query included; fragment and credentials are left out
 * @param request.params those in the body: none for GET
 */
export function signRequest({
  url,
  params,
  token,
}: {
  url: string;
  params: Parameters;
  token: string;
}): string {
  return createHmac('sha1', token)
    .update(signedUrl(url) + signedForm(params), 'utf8')
    .digest('base64');
}

/** As it is written, but for what never leaves the client or goes into a header of its own (RFC 3986 §3.2.1, §3.5). */
function signedUrl(url: string): string {
  return url.replace(/#.*$/s, '').replace(/^([a-z][a-z\d+.-]*:\/\/)[^/?]*@/i, '$1');
}

function signedForm(params: Parameters): string {
  const valuesOf = new Map<string, Set<string>>();
  for (const [name, value] of params) {
    const values = valuesOf.get(name);
    if (values) values.add(value);
    else valuesOf.set(name, new Set([value]));
  }
  // By code units, as JavaScript sorts when it is not told otherwise.
  const names = [...valuesOf.keys()].sort();
  return names
    .flatMap((name) => [...(valuesOf.get(name) ?? [])].sort().map((value) => name + value))
    .join('');
}
