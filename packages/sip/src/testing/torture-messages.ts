/** Headers of a message, those of BASE replaced; undefined leaves one out. */
interface Edit {
  headers?: Record<string, string | undefined>;
  /** More lines, as they are. */
  lines?: readonly string[];
  body?: string | Buffer;
}

const BASE = {
  Via: 'SIP/2.0/UDP 192.0.2.30:5060;branch=z9hG4bKown.1',
  'Max-Forwards': '70',
  From: '"Orla" <sip:orla@example.net>;tag=o1',
  To: '<sip:piet@example.org>',
  'Call-ID': 'own.1@192.0.2.30',
};

const SDP = [
  'v=0',
  'o=o 1 1 IN IP4 192.0.2.30',
  's=-',
  'c=IN IP4 192.0.2.30',
  't=0 0',
  'm=audio 9 RTP/AVP 0',
  '',
];
const OFFER = { headers: { 'Content-Type': 'application/sdp' }, body: SDP.join('\r\n') };

function write(first: string, cseq: string, { headers, lines = [], body = '' }: Edit): Buffer {
  const bytes = Buffer.from(body);
  const fields = { ...BASE, CSeq: cseq, 'Content-Length': String(bytes.length), ...headers };
  const written = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}: ${value}`,
  );
  return Buffer.concat([Buffer.from(`${[first, ...lines, ...written].join('\r\n')}\r\n\r\n`), bytes]);
}

function request(method: string, edit: Edit = {}, uri = 'sip:piet@example.org'): Buffer {
  return write(`${method} ${uri} SIP/2.0`, `7 ${method}`, edit);
}

function response(line: string, edit: Edit = {}): Buffer {
  return write(line, '7 INVITE', edit);
}

function raw(lines: readonly string[]): Buffer {
  return Buffer.from(lines.join('\r\n'));
}

const vias = Array.from(
  { length: 33 },
  (_, at) => `v:SIP/2.0/TCP hop${at}.example.com;branch=z9hG4bKlong.${at}`,
);
const binary = Buffer.from([0x30, 0x82, 0, 1, 2, 0xff, 0xfe, 0x0d, 0x0a, 0x0d, 0x0a, 0x80, 0x22]);

/**
 * A message of ours for each case of RFC 4475, by the file names of its archive: the same trap with other content, so that
 * the cases are held where the archive is not at hand too.
 */
export const TORTURE_MESSAGES: Readonly<Record<string, Buffer>> = {
  wsinv: raw([
    'INVITE sip:piet@example.org;strange=x SIP/2.0',
    'tO :',
    ' sip:piet@example.org ;   TAG    = 3b7 ',
    'FROM   : "O \\\\\\""       <sip:orla@example.net>',
    '  ;',
    '  tag = 55z',
    'mAx-FoRwArDs: 0031',
    'I: fold.me@192.0.2.30',
    'contact',
    '  :"Quote, \\"\\"" <sip:orla@192.0.2.30> ; own =',
    '  thing ; other ;q = 0.5',
    'L   : 4',
    'CSEQ: 0012',
    '  INVITE',
    'Via  : SIP  /   2.0',
    ' /UDP',
    '    192.0.2.30;branch=88',
    'S :',
    'Odd-Header: continues',
    '\there, and',
    ' there',
    'v:  SIP  / 2.0  / TCP     edge.example.net   ;',
    '  branch  =   z9hG4bKfold  ,',
    ' SIP  /    2.0   / UDP  192.168.7.7   ; branch=',
    ' z9hG4bKtwice',
    '',
    'v=0',
    '',
  ]),
  intmeth: request("!od.d*%~me+th'_-", {
    headers: {
      Via: "SIP/2.0/TCP host.example.com;branch=z9hG4bK!odd*%~b+r'_-",
      To: '"BEL:\\\u0007 NUL:\\\u0000 DEL:\\\u007f" <sip:1_un.c-m~n*(a)l&=+$,;?/x@example.org>',
      From: 'orla <sip:orla@example.net>;tag=_t~a+g`*!%\'.-;own~+%="值"',
      'Call-ID': 'in%ter-~\'_e*s+t!.i(n)g<>":/?[]{}@x',
      'Extension-!.%*+': 'Ελλάδα ∞',
    },
  }),
  esc01: request('INVITE', OFFER, 'sip:sips%3Apiet%40example.org@192.0.2.9'),
  escnull: request('REGISTER', {
    headers: { To: '<sip:null-%00-end@example.org>', From: '<sip:null-%00-end@example.org>;tag=n' },
    lines: ['Contact: <sip:%00@host5.example.org>', 'Contact: <sip:%00%00@host5.example.org>'],
  }),
  esc02: request('RE%46ER', {
    headers: { From: '<sip:r%65fer@example.net>;tag=esc' },
    lines: ['Contact: <sip:a@h1>', 'C%6Fntact: <sip:b@h2>', 'm: <sip:c@h3>'],
  }),
  lwsdisp: request('OPTIONS', { headers: { From: 'orla<sip:orla@example.net>;tag=tight' } }),
  longreq: request('INVITE', {
    ...OFFER,
    headers: {
      ...OFFER.headers,
      From: `"${'Long name '.repeat(30)}" <sip:${'o'.repeat(300)}@example.net>;tag=${'t'.repeat(200)};${'p'.repeat(100)}=x`,
      To: `"${'I have a user name of extreme length '.repeat(5)}"<sip:piet@example.org:6000;long${'y'.repeat(90)}=z>`,
      'Call-ID': `own.${'longer'.repeat(60)}@192.0.2.30`,
      [`Unknown-${'Long'.repeat(30)}-Name`]: 'unknown '.repeat(60),
    },
    lines: vias,
  }),
  dblreq: Buffer.concat([
    request('REGISTER', { headers: { Contact: '<sip:orla@192.0.2.30>' } }),
    request('INVITE', OFFER),
  ]),
  semiuri: request('OPTIONS', {}, 'sip:piet;line=7%40desk@example.org'),
  transports: request('OPTIONS', {
    headers: { Via: 'SIP/2.0/UDP t1.example.org;branch=z9hG4bKt1' },
    lines: ['SCTP', 'TLS', 'NEWONE', 'TCP'].map(
      (name, at) => `Via: SIP/2.0/${name} t${at}.example.org;branch=z9hG4bKt`,
    ),
  }),
  mpart01: request('MESSAGE', {
    headers: { 'Content-Type': 'multipart/mixed;boundary=own' },
    body: Buffer.concat([
      Buffer.from('--own\r\n\r\nHi\r\n--own\r\n\r\n'),
      binary,
      Buffer.from('\r\n--own--'),
    ]),
  }),
  unreason: response('SIP/2.0 200 = 4**2 шестнадцать — да', OFFER),
  noreason: response('SIP/2.0 100 '),
  badinv01: request('INVITE', {
    headers: { Via: 'SIP/2.0/UDP 192.0.2.30;;,;,,', Contact: '"" <> ;,"Joe" <sip:o@x>;;' },
  }),
  clerr: request('INVITE', { ...OFFER, headers: { ...OFFER.headers, 'Content-Length': '4321' } }),
  ncl: request('INVITE', { ...OFFER, headers: { ...OFFER.headers, 'Content-Length': '-120' } }),
  scalar02: request('REGISTER', {
    headers: {
      CSeq: '99999999999999999999 REGISTER',
      'Max-Forwards': '1000',
      Expires: '1E30',
      Contact: '<sip:orla@192.0.2.30>;expires=999999999999999',
    },
  }),
  scalarlg: response('SIP/2.0 503 Service Unavailable', {
    headers: {
      CSeq: '88888888888888888888 OPTIONS',
      'Retry-After': '949302838503028349304023988',
      Warning: '1812 x "y"',
    },
  }),
  quotbal: request('INVITE', {
    ...OFFER,
    headers: { ...OFFER.headers, To: '"Dr. P. Open <sip:piet@example.org>' },
  }),
  ltgtruri: request('INVITE', OFFER, '<sip:piet@example.org>'),
  lwsruri: request('INVITE', OFFER, 'sip:piet@example.org; maddr=192.0.2.9'),
  lwsstart: write('INVITE  sip:piet@example.org  SIP/2.0', '7 INVITE', OFFER),
  trws: write('OPTIONS sip:piet@example.org SIP/2.0  ', '7 OPTIONS', {}),
  escruri: request('INVITE', OFFER, 'sip:piet@example.org?Route=%3Csip:evil.example.com%3E'),
  baddate: request('INVITE', { ...OFFER, lines: ['Date: Mon, 02 Feb 2015 08:00:00 CET'] }),
  regbadct: request('REGISTER', {
    headers: { Contact: 'sip:orla@example.net?Route=%3Csip:evil.example.com%3E' },
  }),
  badaspec: request('OPTIONS', { headers: { To: '"Space, Sam" < sip:s.space@example.org >' } }),
  baddn: request('OPTIONS', { headers: { From: 'Comma, Carl <sip:carl@example.net>;tag=c1' } }),
  badvers: write('OPTIONS sip:piet@example.org SIP/9.1', '7 OPTIONS', {
    headers: { Via: 'SIP/9.1/UDP 192.0.2.30' },
  }),
  mismatch01: request('OPTIONS', { headers: { CSeq: '7 INVITE' } }),
  mismatch02: request('FROBNICATE', { headers: { CSeq: '7 INVITE' } }),
  bigcode: response('SIP/2.0 4294967496 out of all range'),
  badbranch: request('OPTIONS', { headers: { Via: 'SIP/2.0/UDP 192.0.2.30;branch=z9hG4bK' } }),
  insuf: request('INVITE', { ...OFFER, headers: { From: undefined, To: undefined, 'Call-ID': undefined } }),
  unkscm: request('OPTIONS', {}, 'noSuchScheme:something-opaque'),
  novelsc: request('OPTIONS', {}, 'coap.new://192.0.2.103:5683'),
  unksm2: request('REGISTER', {
    headers: {
      To: 'urn:isbn:0451450523',
      From: '<https://www.example.net>;tag=w',
      Contact: '<odd:orla_host>',
    },
  }),
  bext01: request('OPTIONS', {
    lines: ['Require: nothingSupportsThis, norThat', 'Proxy-Require: noProxiesDo'],
  }),
  invut: request('INVITE', {
    headers: { 'Content-Type': 'application/x-nobody-reads' },
    body: '<audio pcmu/>',
  }),
  regaut01: request('REGISTER', { lines: ['Authorization: Unheardof opaque-data=here, "and" <here>'] }),
  multi01: request('INVITE', {
    lines: [
      'CSeq: 5 INVITE',
      'Call-ID: two@x',
      'To: <sip:other@example.org>',
      'From: <sip:o@x>;tag=2',
      'Max-Forwards: 5',
    ],
  }),
  mcl01: request('OPTIONS', { lines: ['Content-Length: 13'] }),
  bcast: response('SIP/2.0 200 OK', {
    headers: { Via: 'SIP/2.0/UDP 192.0.2.198;branch=z9hG4bKbc' },
    lines: ['Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bKbroadcast'],
  }),
  zeromf: request('OPTIONS', { headers: { 'Max-Forwards': '0' } }),
  cparam01: request('REGISTER', { headers: { Contact: 'sip:orla@host5.example.net;newparam' } }),
  cparam02: request('REGISTER', { headers: { Contact: '<sip:orla@host5.example.net;newparam>' } }),
  regescrt: request('REGISTER', {
    headers: { Contact: '<sip:orla@example.net?Route=%3Csip:sip.example.net%3E>' },
  }),
  sdp01: request('INVITE', { ...OFFER, lines: ['Accept: text/nobody-knows'] }),
  inv2543: raw([
    'INVITE sip:piet@example.org SIP/2.0',
    'Via: SIP/2.0/UDP old.example.net',
    'From: sip:orla@example.net',
    'To: sip:piet@example.org',
    'Call-ID: 31417@old.example.net',
    'CSeq: 1 INVITE',
    'Content-Type: application/sdp',
    '',
    ...SDP,
  ]),
};
