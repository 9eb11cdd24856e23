/** Headers that every message must have, or may have once only, as bits: one look at the names tells them all. */
export const HEADER_MARKS = {
  Via: 1,
  From: 2,
  To: 4,
  'Call-ID': 8,
  CSeq: 16,
  'Max-Forwards': 32,
  'Content-Length': 64,
  'Content-Type': 128,
} as const;

/** Headers whose comma lists become one entry a value: what routes a message is handled value by value. */
const SPLIT = new Set(['Via', 'Route', 'Record-Route', 'Contact']);

/** One header field name: how we write it, and the key by which names compare. */
export interface HeaderName {
  /** The long form in its usual spelling; an unknown name stays as it was written. */
  readonly name: string;
  /** Lower case long form. */
  readonly key: string;
  /** One of HEADER_MARKS, or 0. */
  readonly mark: number;
  /** A comma list of it is taken apart when a message is read. */
  readonly isSplit: boolean;
}

/** Compact forms: RFC 3261 §7.3.3 and the extensions that registered one. */
const COMPACT: readonly (readonly [string, string])[] = [
  ['a', 'Accept-Contact'],
  ['b', 'Referred-By'],
  ['c', 'Content-Type'],
  ['d', 'Request-Disposition'],
  ['e', 'Content-Encoding'],
  ['f', 'From'],
  ['i', 'Call-ID'],
  ['j', 'Reject-Contact'],
  ['k', 'Supported'],
  ['l', 'Content-Length'],
  ['m', 'Contact'],
  ['n', 'Identity-Info'],
  ['o', 'Event'],
  ['r', 'Refer-To'],
  ['s', 'Subject'],
  ['t', 'To'],
  ['u', 'Allow-Events'],
  ['v', 'Via'],
  ['x', 'Session-Expires'],
  ['y', 'Identity'],
];

const LONG: readonly string[] = [
  ...COMPACT.map(([, long]) => long),
  ...['Accept', 'Accept-Encoding', 'Accept-Language', 'Alert-Info', 'Allow', 'Authorization', 'Call-Info'],
  ...['Content-Disposition', 'Content-Language', 'CSeq', 'Date', 'Diversion', 'Error-Info', 'Expires'],
  ...['History-Info', 'In-Reply-To', 'Max-Forwards', 'MIME-Version', 'Min-Expires', 'Min-SE', 'Organization'],
  ...['P-Asserted-Identity', 'P-Preferred-Identity', 'Path', 'Priority', 'Privacy', 'Proxy-Authenticate'],
  ...[
    'Proxy-Authorization',
    'Proxy-Require',
    'RAck',
    'Reason',
    'Record-Route',
    'Remote-Party-ID',
    'Replaces',
  ],
  ...['Reply-To', 'Require', 'Retry-After', 'Route', 'RSeq', 'Server', 'Service-Route', 'Subscription-State'],
  ...['Timestamp', 'Unsupported', 'User-Agent', 'Warning', 'WWW-Authenticate'],
];

const KNOWN = new Map<string, HeaderName>();
for (const name of LONG) {
  const mark = HEADER_MARKS[name as keyof typeof HEADER_MARKS] ?? 0;
  const known = { name, key: name.toLowerCase(), mark, isSplit: SPLIT.has(name) };
  KNOWN.set(name, known).set(known.key, known);
}
for (const [compact, long] of COMPACT) {
  const known = KNOWN.get(long);
  if (known !== undefined) KNOWN.set(compact, known).set(compact.toUpperCase(), known);
}

/** A name in one of its usual spellings; undefined says nothing of other ones. */
export function usualHeaderName(written: string): HeaderName | undefined {
  return KNOWN.get(written);
}

/** Looks a name up in any spelling. Never unescapes: `C%6Fntact` is an unknown name (RFC 4475 §3.1.1.5). */
export function headerName(written: string): HeaderName {
  const exact = KNOWN.get(written);
  if (exact !== undefined) return exact;
  const key = written.toLowerCase();
  return KNOWN.get(key) ?? { name: written, key, mark: 0, isSplit: false };
}
