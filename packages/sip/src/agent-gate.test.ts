import { describe, expect, test } from 'vitest';
import type { GateVerdict, RegisterAnswer, UserAgentOptions } from './agent-options.js';
import { NOTHING_LEFT, NOTHING_OPEN, OFFER } from './testing/agent-bench.js';
import { createIncomingBench, type IncomingBench } from './testing/incoming-bench.js';

function benchWith(
  verdict: GateVerdict,
  also: Pick<UserAgentOptions, 'knows' | 'onRegister' | 'onStray'> = {},
): IncomingBench & { asked: string[] } {
  const asked: string[] = [];
  const bench = createIncomingBench({
    gate: (request, from) => {
      asked.push(`${request.method} ${from.host}:${from.port}`);
      return verdict;
    },
    ...also,
  });
  return { ...bench, asked };
}

/** Everything that a scanner may try, retransmissions, broken requests and strangers' dialogs too. */
function scan(bench: IncomingBench): void {
  for (const method of ['INVITE', 'INVITE', 'OPTIONS', 'REGISTER', 'MESSAGE', 'SUBSCRIBE', 'DANCE', 'ACK'])
    bench.send(method, { body: method === 'INVITE' ? OFFER : '' });
  bench.send('CANCEL');
  bench.send('INVITE', { headers: ['Require: nothing'], branch: 'z9hG4bKrequires' });
  bench.send('OPTIONS', { uri: 'http://example.com', branch: 'z9hG4bKscheme' });
  bench.send('BYE', { toTag: 'x' });
  bench.send('INVITE', { toTag: 'x', branch: 'z9hG4bKdialog' });
  bench.send('OPTIONS', { headers: ['CSeq: 1 INVITE'] });
}

describe('who is dropped', () => {
  test('hears not a word, whatever is tried, and nothing is kept', () => {
    const bench = benchWith({ kind: 'drop' });
    scan(bench);
    bench.clock.advance(40_000);
    expect(bench.peer.received).toEqual([]);
    expect(bench.calls).toEqual([]);
    expect(bench.agent.counts()).toEqual(NOTHING_OPEN);
    expect(bench.clock.pending()).toBe(0);
  });

  test('the gate is asked about what is outside of dialogs, with its source, and not about ACK and CANCEL', () => {
    const bench = benchWith({ kind: 'drop' });
    for (const method of ['OPTIONS', 'ACK', 'CANCEL', 'INVITE']) bench.send(method);
    bench.send('BYE', { toTag: 'x' });
    expect(bench.asked).toEqual(['OPTIONS 192.0.2.2:5070', 'INVITE 192.0.2.2:5070']);
  });

  test('one that is known is told about what is broken or belongs to nothing', () => {
    const bench = benchWith({ kind: 'drop' }, { knows: ({ host }) => host === '192.0.2.2' });
    scan(bench);
    expect(bench.peer.summary()).toEqual([
      '481 CANCEL',
      '416 OPTIONS',
      '481 BYE',
      '481 INVITE',
      '400 OPTIONS',
    ]);
  });
});

describe('what belongs to nothing', () => {
  test.each(['ACK', 'CANCEL', 'BYE', 'INVITE'])('is told of when a stranger sends it: %s', (method) => {
    const strays: string[] = [];
    const bench = benchWith({ kind: 'drop' }, { onStray: ({ host }) => strays.push(host) });
    bench.send(method, { toTag: 'x' });
    expect(strays).toEqual(['192.0.2.2']);
    expect(bench.peer.received).toEqual([]);
  });

  test('is not told of when it is somebody whom we know, nor of what the gate drops', () => {
    const strays: string[] = [];
    const onStray = ({ host }: { host: string }) => strays.push(host);
    const known = benchWith({ kind: 'drop' }, { knows: () => true, onStray });
    for (const method of ['ACK', 'CANCEL', 'BYE']) known.send(method, { toTag: 'x' });
    benchWith({ kind: 'drop' }, { onStray }).send('OPTIONS');
    expect(strays).toEqual([]);
  });
});

describe('who passes', () => {
  test('is asked for once, and the call knows who it is and where it came from', () => {
    const bench = benchWith({ kind: 'pass', peer: 'a trunk' });
    const call = bench.invite();
    bench.send('INVITE', { body: OFFER });
    expect(bench.asked).toEqual(['INVITE 192.0.2.2:5070']);
    expect(call.peer).toBe('a trunk');
    expect(call.from).toMatchObject({ host: '192.0.2.2', port: 5070 });
    call.reject(486);
    bench.clock.advance(0);
    bench.send('ACK', { toTag: bench.localTag() });
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('may CANCEL, and speak in the dialog without being asked for again', () => {
    const bench = benchWith({ kind: 'pass' });
    bench.invite().answer(OFFER);
    bench.clock.advance(0);
    const toTag = bench.localTag();
    bench.send('ACK', { toTag, branch: 'z9hG4bKack' });
    bench.send('BYE', { toTag, cseq: 2, branch: 'z9hG4bKbye' });
    expect(bench.peer.statuses('BYE')).toEqual([200]);
    bench.invite({ branch: 'z9hG4bKtwo', headers: [], cseq: 7 });
    bench.send('CANCEL', { branch: 'z9hG4bKtwo', cseq: 7 });
    expect(bench.peer.statuses('CANCEL')).toEqual([200]);
    expect(bench.asked).toHaveLength(2);
  });
});

test('an answer of the gate has no state: it comes again for each retransmission, and its ACK is nothing', () => {
  const challenge: [string, string] = ['Proxy-Authenticate', 'Digest realm="r", nonce="n"'];
  const strays: string[] = [];
  const onStray = ({ host }: { host: string }) => strays.push(host);
  const bench = benchWith({ kind: 'answer', status: 407, headers: [challenge] }, { onStray });
  bench.send('INVITE', { body: OFFER });
  bench.send('INVITE', { body: OFFER });
  bench.send('ACK', { toTag: bench.localTag() });
  expect(bench.peer.statuses('INVITE')).toEqual([407, 407]);
  expect(strays).toEqual([]);
  expect(bench.peer.responses('INVITE')[0]?.headers.get('Proxy-Authenticate')).toBe(challenge[1]);
  expect(bench.agent.counts()).toEqual(NOTHING_OPEN);
});

describe('REGISTER', () => {
  const OK: RegisterAnswer = { status: 200, headers: [['Contact', '<sip:bob@192.0.2.2:5070>;expires=60']] };

  test('is answered by who takes it, once, though it is repeated meanwhile', async () => {
    const peers: unknown[] = [];
    let tell: (answer: RegisterAnswer) => void = () => {};
    const bench = benchWith(
      { kind: 'pass', peer: 'bob' },
      {
        onRegister: (_request, _from, peer) => {
          peers.push(peer);
          return new Promise((done) => (tell = done));
        },
      },
    );
    bench.send('REGISTER');
    bench.send('REGISTER');
    expect(bench.peer.received).toEqual([]);
    tell(OK);
    await settle(bench);
    bench.send('REGISTER');
    expect(bench.peer.statuses('REGISTER')).toEqual([200, 200]);
    expect(bench.peer.responses('REGISTER')[0]?.headers.get('Contact')).toBe(OK.headers[0]?.[1]);
    expect(peers).toEqual(['bob']);
    expect(bench.rest()).toEqual(NOTHING_LEFT);
  });

  test('that fails, or of which nothing comes in 10 s, is 500', async () => {
    const answers = [Promise.reject(new Error('no store')), new Promise<RegisterAnswer>(() => {})];
    const bench = benchWith(
      { kind: 'pass' },
      { onRegister: () => answers.shift() as Promise<RegisterAnswer> },
    );
    bench.send('REGISTER');
    await settle(bench);
    bench.send('REGISTER', { branch: 'z9hG4bK2', cseq: 2 });
    bench.clock.advance(9_999);
    expect(bench.peer.statuses('REGISTER')).toEqual([500]);
    bench.clock.advance(1);
    expect(bench.peer.statuses('REGISTER')).toEqual([500, 500]);
    expect(bench.faults.map(({ error }) => error.message)).toEqual(['no store']);
    bench.clock.advance(40_000);
    expect(bench.agent.counts()).toEqual(NOTHING_OPEN);
  });

  test('is 405 where nobody takes it, and 503 when we are about to go', () => {
    const nobody = benchWith({ kind: 'pass' });
    nobody.send('REGISTER');
    expect(nobody.peer.statuses('REGISTER')).toEqual([405]);
    const leaving = benchWith({ kind: 'pass' }, { onRegister: async () => OK });
    leaving.agent.setAvailable(false);
    leaving.send('REGISTER');
    expect(leaving.peer.statuses('REGISTER')).toEqual([503]);
  });
});

async function settle(bench: IncomingBench): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  bench.clock.advance(0);
}
