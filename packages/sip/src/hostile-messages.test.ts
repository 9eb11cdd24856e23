import { expect, test } from 'vitest';
import { createUserAgent } from './agent.js';
import { NOTHING_OPEN, OFFER } from './testing/agent-bench.js';
import { createLossyNetwork } from './testing/lossy-network.js';
import { createVirtualClock } from './testing/virtual-clock.js';

const ALICE = { host: '192.0.2.1', port: 5060 };
const BOB = { host: '192.0.2.2', port: 5060 };
const MALLORY = { host: '192.0.2.66', port: 666 };

/** What breaks parsers: in the middle of a message it lands anywhere. */
const POISON = [
  '\r\n',
  '\r\n\r\n',
  ';tag=',
  ';tag=x;tag=y',
  '<',
  '>',
  '"',
  '\u0000',
  '%',
  '%00',
  ':99999999999',
  '[::1',
  ',,',
  'SIP/2.0 200 OK',
  '\r\nRoute: <>',
  '\r\nRecord-Route: <tel:1;lr>',
  '\r\nRecord-Route: <sip:a b>',
  '\r\nContact: *',
  '\r\nContact: <sip:x@[::1]:0>',
  '\r\nRequire: x',
  '\r\nCSeq: 4294967296 INVITE',
  '\r\nVia: SIP/2.0/UDP 0.0.0.0:0;branch=;rport=x',
  '\r\nWWW-Authenticate: Digest realm=,nonce="',
  '\r\nReason: ;;Q.850;cause=-1',
  '\r\nContent-Length: -1',
  '\u{1F4A9}'.repeat(40),
];

test.each([1, 2, 3])(
  'seed %i: broken, forged and repeated messages make nobody fail and leave nothing behind',
  (seed) => {
    const clock = createVirtualClock();
    const network = createLossyNetwork({ clock, seed });
    let faults = 0;
    let ends = 0;
    const onFault = (): void => {
      faults += 1;
    };
    const alice = createUserAgent({
      transport: network.attach(ALICE),
      clock,
      publicAddress: () => ALICE,
      onFault,
    });
    const bob = createUserAgent({
      transport: network.attach(BOB),
      clock,
      publicAddress: () => BOB,
      onFault,
      onInvite: (call) => {
        call.handlers.onReinvite = (offer) => offer;
        call.ring();
        clock.after(500, () => call.answer(OFFER));
        clock.after(9000, () => call.bye());
      },
    });
    const mallory = network.attach(MALLORY);
    const next = randomFrom(seed);
    const CALLS = 20;
    for (let number = 0; number < CALLS; number++) {
      const call = alice.invite({
        requestUri: 'sip:1@192.0.2.2',
        from: { uri: 'sip:a@192.0.2.1' },
        to: { uri: 'sip:1@192.0.2.2' },
        targets: [BOB],
        offer: OFFER,
        credentials: { username: 'a', password: 'b' },
        handlers: {
          onSent: () => {},
          onProvisional: () => {},
          onAnswered: () => {},
          onReinvite: (offer) => offer,
          onEnded: () => {
            ends += 1;
          },
        },
      });
      clock.after(7000, () => call.bye());
      clock.advance(100);
      for (let forged = 0; forged < 40; forged++) forge();
      clock.advance(500);
    }
    clock.advance(30 * 60_000);
    expect(ends).toBe(CALLS);
    expect(faults).toBeGreaterThan(0);
    expect([alice.counts(), bob.counts()]).toEqual([NOTHING_OPEN, NOTHING_OPEN]);
    expect(clock.pending()).toBe(0);

    /** Something that really was sent, with a wound. */
    function forge(): void {
      const { sent } = network;
      const { text, to } = sent[next(sent.length)] ?? { text: '', to: BOB };
      const at = next(text.length + 1);
      const wound = POISON[next(POISON.length)] ?? '';
      const forgery = text.slice(0, at) + wound + text.slice(at + next(8));
      mallory.send(Buffer.from(forgery), next(2) === 0 ? to : BOB);
    }
  },
);

function randomFrom(seed: number): (bound: number) => number {
  let state = seed * 7919;
  return (bound) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % bound;
  };
}
