import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MediaError } from '../errors.js';
import { readSdp } from './read-sdp.js';

const HEAD =
  'v=0\r\no=alice 2890844526 18446744073709551615 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n';
const AUDIO = 'm=audio 49170 RTP/AVP 0\r\n';

function complaintAbout(sdp: string): string {
  try {
    readSdp(sdp);
  } catch (error) {
    if (error instanceof MediaError) return error.message;
    throw error;
  }
  return 'no complaint';
}

test('reads the example of RFC 4566 §5 section by section', () => {
  const sdp = `v=0
o=jdoe 2890844526 2890842807 IN IP4 10.47.16.5
s=SDP Seminar
i=A Seminar on the session description protocol
u=http://www.example.com/seminars/sdp.pdf
e=j.doe@example.com (Jane Doe)
c=IN IP4 224.2.17.12/127
t=2873397496 2873404696
a=recvonly
m=audio 49170 RTP/AVP 0
m=video 51372 RTP/AVP 99
a=rtpmap:99 h263-1998/90000
`;
  const [audio, video] = readSdp(sdp);
  expect(audio).toEqual({
    type: 'audio',
    port: 49_170,
    portCount: 1,
    protocol: 'RTP/AVP',
    formats: ['0'],
    connection: { family: 4, address: '224.2.17.12/127' },
    direction: 'recvonly',
    mappings: [],
    ptimeMs: null,
    maxPtimeMs: null,
  });
  expect(video?.mappings).toEqual([
    { payloadType: 99, encoding: 'H263-1998', clockRate: 90_000, channels: 1 },
  ]);
});

test('what a section says of itself wins over what the session says', () => {
  const sdp = `${HEAD}a=inactive\r\n${AUDIO}c=IN IP6 2001:db8::1\r\na=sendonly\r\na=ptime:30\r\na=maxptime:60\r\n${AUDIO}`;
  const [own, inherited] = readSdp(sdp);
  expect(own).toMatchObject({
    connection: { family: 6, address: '2001:db8::1' },
    direction: 'sendonly',
    ptimeMs: 30,
    maxPtimeMs: 60,
  });
  expect(inherited).toMatchObject({ connection: { address: '192.0.2.1' }, direction: 'inactive' });
});

test('takes what is unusual and harmless', () => {
  const unusual = [
    'm=image 0 udptl t38',
    'm=audio 40000/2 RTP/AVP 0',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'a=rtpmap:nonsense',
    'a=rtpmap: PCMU/8000',
    'a=rtpmap:999 PCMU/8000',
    'a=rtpmap:0 123/abc/x',
    'a=ptime:',
    'a=ptime:0',
    'a=ptime:x',
    'a=__proto__:x',
    'a=fmtp:0',
    'b=X-UNKNOWN:5',
  ];
  const [image, layered, application] = readSdp(`${HEAD}${unusual.join('\n')}\n\n`);
  expect(image).toMatchObject({ type: 'image', port: 0, protocol: 'udptl', formats: ['t38'] });
  expect(layered).toMatchObject({ port: 40_000, portCount: 2 });
  expect(application?.ptimeMs).toBeNull();
  expect(application?.mappings.map(({ payloadType }) => payloadType)).toEqual([0]);
});

describe('a broken description is refused with what is wrong', () => {
  test.each([
    ['', 'SDP: it is empty'],
    ['\r\n\r\n', 'SDP: it is empty'],
    ['hello', 'SDP line 1 is not of the form x=value: hello'],
    [`${HEAD}${AUDIO}\r\n${AUDIO}`, 'SDP line 7 is not of the form x=value: '],
    [HEAD.replace('v=0', 'v=1') + AUDIO, 'SDP line 1 must be v=0: v=1'],
    [AUDIO + HEAD, 'SDP line 1 must be v=0: m=audio 49170 RTP/AVP 0'],
    [`v=0\r\n${AUDIO}`, 'SDP line 2 must be o= with its six fields: m=audio 49170 RTP/AVP 0'],
    [`v=0\r\no=- 1 1 IN IP4\r\n${AUDIO}`, 'SDP line 2 must be o= with its six fields: o=- 1 1 IN IP4'],
    [HEAD + AUDIO + HEAD, 'SDP line 7 begins a second description'],
    [HEAD, 'SDP: there is no m= line'],
    [`${HEAD}m=audio 65536 RTP/AVP 0\r\n`, 'SDP line 6 has the port 65536'],
    [`${HEAD}a=x\0y\r\n${AUDIO}`, 'SDP line 6 holds a control character'],
    [`${HEAD}a=x\ry\r\n${AUDIO}`, 'SDP line 6 holds a control character'],
    [`${HEAD}a=${'x'.repeat(3000)}\r\n${AUDIO}`, 'SDP line 6 is longer than 2048 characters'],
    [HEAD + AUDIO.repeat(33), 'SDP: more than 32 m= lines'],
    [`${HEAD}m=audio 4000 RTP/AVP${' 0'.repeat(200)}\r\n`, 'SDP line 6 has more than 128 formats'],
    [`${HEAD}${'a=x\r\n'.repeat(5000)}${AUDIO}`, 'SDP: longer than 16384 characters'],
    [`${HEAD}${AUDIO}c=IN IP4 2001:db8::1\r\n`, 'SDP line 7 calls 2001:db8::1 an IP4 address'],
    [`${HEAD}${AUDIO}c=IN IP6 192.0.2.1\r\n`, 'SDP line 7 calls 192.0.2.1 an IP6 address'],
  ])('%j', (sdp, complaint) => {
    expect(complaintAbout(sdp)).toBe(complaint);
  });

  test.each([
    'm=audio',
    'm=audio 4000',
    'm=audio 4000 RTP/AVP',
    'm=audio -1 RTP/AVP 0',
    'm=audio x RTP/AVP 0',
    'm=a b 4000 RTP/AVP 0',
  ])('%j', (line) => {
    expect(complaintAbout(`${HEAD}${line}\r\n`)).toMatch(/^SDP line 6 is no m= line/);
  });

  test.each(['c=IN IP4', 'c=IN IP5 192.0.2.1', 'c=XX IP4 192.0.2.1', 'c=192.0.2.1'])('%j', (line) => {
    expect(complaintAbout(`${HEAD}${AUDIO}${line}\r\n`)).toMatch(/^SDP line 7 is no c= line/);
  });
});

test('no text at all gives anything but sections or a MediaError, and quickly', () => {
  const piece = fc.constantFrom(
    'm=audio ',
    'a=rtpmap:',
    'c=IN IP4 ',
    '0 ',
    'RTP/AVP',
    '\r\n',
    '/',
    '192.0.2.1',
    'a=ptime:',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 40 }), (pieces) => {
      complaintAbout(HEAD + pieces.join(''));
      complaintAbout(pieces.join(''));
    }),
  );
  const startMs = performance.now();
  complaintAbout(HEAD + AUDIO + `a=rtpmap:${'0'.repeat(2000)} ${'/'.repeat(30)}\r\n`.repeat(7));
  complaintAbout(`${HEAD}m=audio ${' '.repeat(2000)}\r\n${AUDIO}`);
  expect(performance.now() - startMs).toBeLessThan(500);
});
