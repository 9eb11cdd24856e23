import { describe, expect, test } from 'vitest';
import { MediaError } from '../errors.js';
import { OfferAnswer } from './offer-answer.js';

const HEAD = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n';
const PLAIN = 'm=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n';

function createSide() {
  return new OfferAnswer({ host: '198.51.100.7', port: 20_000 });
}

/** Everything but v=, s=, t= and o=. */
function bodyOf(sdp: string): string[] {
  return sdp.split('\r\n').filter((line) => line !== '' && !/^[vsto]=/.test(line));
}

function originOf(sdp: string): { sessionId: string; version: number } {
  const [, , sessionId = '', version = ''] = /o=(\S+) (\d+) (\d+)/.exec(sdp) ?? [];
  return { sessionId, version: Number(version) };
}

function complaintAbout(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof MediaError) return error.message;
    throw error;
  }
  return 'no complaint';
}

describe('our offer', () => {
  test('has both codecs, telephone-event and 20 ms, and is the same text each time', () => {
    const side = createSide();
    const offer = side.offer();
    expect(offer).toMatch(
      /^v=0\r\no=- \d+ 1 IN IP4 198\.51\.100\.7\r\ns=-\r\nc=IN IP4 198\.51\.100\.7\r\nt=0 0\r\nm=audio/,
    );
    expect(bodyOf(offer).slice(1)).toEqual([
      'm=audio 20000 RTP/AVP 0 8 101',
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-15',
      'a=ptime:20',
      'a=sendrecv',
    ]);
    expect(side.offer()).toBe(offer);
  });

  test('names another address of ours where the far end sees that one', () => {
    const side = createSide();
    side.useHost('203.0.113.5');
    expect(side.offer()).toMatch(/o=- \d+ 1 IN IP4 203\.0\.113\.5\r\n.*c=IN IP4 203\.0\.113\.5\r\n/s);
    for (const host of [null, '2001:db8::7']) {
      side.useHost(host);
      expect(side.offer()).toContain('c=IN IP4 198.51.100.7\r\n');
    }
  });

  test('speaks of IPv6 where we have it', () => {
    const offer = new OfferAnswer({ host: '2001:db8::7', port: 20_000 }).offer();
    expect(offer).toContain('c=IN IP6 2001:db8::7\r\n');
    expect(offer).toMatch(/o=- \d+ 1 IN IP6 2001:db8::7\r\n/);
  });

  test('to an offerless re-INVITE is all we can, with the streams that were refused before', () => {
    const side = createSide();
    side.answer(`${HEAD}m=video 4002 RTP/AVP 31\r\n${PLAIN.replaceAll('101', '96')}`);
    const offer = side.offer();
    expect(bodyOf(offer).slice(1, 3)).toEqual(['m=video 0 RTP/AVP 31', 'm=audio 20000 RTP/AVP 0 8 96']);
    expect(side.acceptAnswer(`${HEAD}m=video 0 RTP/AVP 31\r\n${PLAIN}`).index).toBe(1);
  });
});

describe('an answer to our offer', () => {
  test('tells where to send what', () => {
    const side = createSide();
    side.offer();
    const answer = `${HEAD}m=audio 4000 RTP/AVP 97 8 96\r\nc=IN IP4 203.0.113.5\r\na=rtpmap:97 pcma/8000/1\r\na=rtpmap:96 telephone-event/8000\r\na=ptime:30\r\n`;
    expect(side.acceptAnswer(answer)).toMatchObject({
      index: 0,
      choice: { codec: { encoding: 'PCMA' }, payloadType: 97 },
      telephoneEventType: 96,
      packetMs: 30,
      direction: 'sendrecv',
      remote: { host: '203.0.113.5', port: 4000 },
    });
  });

  test.each([
    [
      'more streams than offered',
      `${PLAIN}m=video 4002 RTP/AVP 31\r\n`,
      'the answer has 2 m= lines, the offer had 1',
    ],
    ['a refused stream', 'm=audio 0 RTP/AVP 0\r\n', 'm=audio has port 0: it is refused or switched off'],
    [
      'a codec that we do not have',
      'm=audio 4000 RTP/AVP 18 97\r\na=rtpmap:97 opus/48000/2\r\n',
      'm=audio offers neither PCMU nor PCMA: 18, OPUS',
    ],
    [
      'a static type that is mapped to something else',
      'm=audio 4000 RTP/AVP 0\r\na=rtpmap:0 opus/48000/2\r\n',
      'neither PCMU nor PCMA: OPUS',
    ],
    ['another clock', 'm=audio 4000 RTP/AVP 97\r\na=rtpmap:97 PCMU/16000\r\n', 'neither PCMU nor PCMA: PCMU'],
    [
      'a name as its address',
      `${PLAIN}c=IN IP4 evil.example\r\n`,
      'm=audio has a c= line without an IP address: evil.example',
    ],
    [
      'a group as its address',
      `${PLAIN}c=IN IP4 224.2.17.12/127\r\n`,
      'without an IP address: 224.2.17.12/127',
    ],
    ['a group without TTL', `${PLAIN}c=IN IP4 239.1.2.3\r\n`, 'm=audio has the group address 239.1.2.3'],
    ['everybody as its address', `${PLAIN}c=IN IP4 255.255.255.255\r\n`, 'group address 255.255.255.255'],
    [
      'the other IP version',
      `${PLAIN}c=IN IP6 2001:db8::1\r\n`,
      'm=audio is at an IP6 address, and we have IP4',
    ],
    ['encryption', 'm=audio 4000 RTP/SAVP 0\r\n', 'm=audio is RTP/SAVP, and we speak RTP/AVP'],
    ['several ports', 'm=audio 4000/2 RTP/AVP 0\r\n', 'm=audio asks for 2 ports'],
    ['no audio', 'm=video 4000 RTP/AVP 31\r\n', 'm=video is not audio'],
  ])('with %s is refused', (_, media, complaint) => {
    const side = createSide();
    side.offer();
    expect(complaintAbout(() => side.acceptAnswer(HEAD + media))).toContain(complaint);
  });

  test('without any c= line is refused', () => {
    const side = createSide();
    const answer = HEAD.replace(/c=.*\r\n/, '') + PLAIN;
    expect(complaintAbout(() => side.acceptAnswer(answer))).toContain('m=audio has no c= line');
  });
});

describe('our answer', () => {
  test('takes the first codec of the far end that we have, and its numbers', () => {
    const { sdp, agreement } = createSide().answer(
      `${HEAD}m=audio 4000 RTP/AVP 18 8 0 96\r\na=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-16\r\na=rtpmap:18 G729/8000\r\n`,
    );
    expect(bodyOf(sdp).slice(1)).toEqual([
      'm=audio 20000 RTP/AVP 8 96',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:96 telephone-event/8000',
      'a=fmtp:96 0-15',
      'a=ptime:20',
      'a=sendrecv',
    ]);
    expect(agreement.choice.codec.encoding).toBe('PCMA');
  });

  test('has no telephone-event when none was offered at our clock', () => {
    const offer = `${HEAD}m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/16000\r\n`;
    expect(bodyOf(createSide().answer(offer).sdp)).toContain('m=audio 20000 RTP/AVP 0');
  });

  test('refuses every stream but one audio with port 0, in its place', () => {
    const { sdp } = createSide().answer(
      `${HEAD}m=image 4008 udptl t38\r\nm=audio 4000 RTP/SAVP 0\r\n${PLAIN}m=audio 4004 RTP/AVP 0\r\nm=video 4006/2 RTP/AVP 31 99\r\n`,
    );
    expect(bodyOf(sdp).filter((line) => line.startsWith('m='))).toEqual([
      'm=image 0 udptl t38',
      'm=audio 0 RTP/SAVP 0',
      'm=audio 20000 RTP/AVP 8 101',
      'm=audio 0 RTP/AVP 0',
      'm=video 0 RTP/AVP 31 99',
    ]);
  });

  test.each([
    ['', 'sendrecv'],
    ['a=sendrecv', 'sendrecv'],
    ['a=sendonly', 'recvonly'],
    ['a=recvonly', 'sendonly'],
    ['a=inactive', 'inactive'],
    ['c=IN IP4 0.0.0.0', 'recvonly'],
    ['c=IN IP6 ::', 'recvonly'],
    ['c=IN IP4 nowhere.invalid', 'recvonly'],
    ['c=IN IP4 0.0.0.0\r\na=sendonly', 'recvonly'],
    ['c=IN IP4 0.0.0.0\r\na=recvonly', 'inactive'],
    ['c=IN IP4 0.0.0.0\r\na=inactive', 'inactive'],
  ])('to an offer with %j is %s', (lines, direction) => {
    const { sdp, agreement } = createSide().answer(`${HEAD}${PLAIN}${lines}\r\n`.replace('\r\n\r\n', '\r\n'));
    expect(bodyOf(sdp).at(-1)).toBe(`a=${direction}`);
    expect(agreement.direction).toBe(direction);
    expect(agreement.remote === null).toBe(/0\.0\.0\.0|::|invalid/.test(lines));
  });

  test.each([
    ['a=ptime:30', 30],
    ['a=ptime:10', 10],
    ['a=ptime:25', 20],
    ['a=ptime:5', 10],
    ['a=ptime:1000', 60],
    ['a=maxptime:10', 10],
    ['a=ptime:40\r\na=maxptime:30', 30],
    ['a=ptime:0', 20],
    ['a=ptime:abc', 20],
  ])('to %j puts so much into a packet: %d ms', (line, packetMs) => {
    const { sdp, agreement } = createSide().answer(`${HEAD}${PLAIN}${line}\r\n`);
    expect(agreement.packetMs).toBe(packetMs);
    expect(bodyOf(sdp)).toContain(`a=ptime:${packetMs}`);
  });

  test('over IPv6 writes the address as sockets do', () => {
    const side = new OfferAnswer({ host: '2001:db8::7', port: 20_000 });
    const offer = HEAD.replaceAll('IP4 192.0.2.1', 'IP6 2001:DB8:0:0::1') + PLAIN;
    expect(side.answer(offer).agreement.remote).toEqual({ host: '2001:db8::1', port: 4000 });
  });
});

describe('the version in o=', () => {
  test('rises by one when the description changed, and only then', () => {
    const side = createSide();
    const versions = [
      side.offer(),
      side.answer(HEAD + PLAIN).sdp,
      side.answer(HEAD + PLAIN).sdp,
      side.answer(HEAD.replace('1 1 IN', '1 2 IN') + PLAIN.replace('4000', '4100')).sdp,
      side.answer(`${HEAD}${PLAIN}a=sendonly\r\n`).sdp,
      side.answer(HEAD + PLAIN).sdp,
    ].map((sdp) => originOf(sdp).version);
    expect(versions).toEqual([1, 2, 2, 2, 3, 4]);
    expect(new Set([side.offer(), side.offer()].map((sdp) => originOf(sdp).sessionId)).size).toBe(1);
  });

  test('does not rise for an offer that was refused, and the session is as it was', () => {
    const side = createSide();
    const before = side.answer(`${HEAD}${PLAIN}m=video 4002 RTP/AVP 31\r\n`).sdp;
    expect(complaintAbout(() => side.answer(HEAD + PLAIN))).toBe('SDP: 1 m= lines, and there were 2 before');
    expect(complaintAbout(() => side.answer('junk'))).toMatch(/^SDP line 1/);
    expect(side.answer(`${HEAD}${PLAIN}m=video 4002 RTP/AVP 31\r\n`).sdp).toBe(before);
  });
});
