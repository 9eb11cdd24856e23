/**
 * One measurement of `sip-calls`, in a process of its own, told by its first argument; it prints one line of JSON, and
 * `answer` its port first.
 */
import { systemClock, type UserAgent } from '@trunkline/sip';
import { parseMessage, serializeMessage } from '@trunkline/sip/testing';
import { answerAtOnce, openAgent, placeCalls, SDP } from './agents.js';

const [what = '', ...args] = process.argv.slice(2);
const numbers = args.map(Number);

/** 1,000 bytes, two Vias, twelve lines of SDP: what a carrier's proxy sends. */
const INVITE = [
  'INVITE sip:+15551112222@203.0.113.10:5060;user=phone SIP/2.0',
  'Via: SIP/2.0/UDP 198.51.100.1:5060;branch=z9hG4bK2d4790a1b2c3d4e5;rport',
  'Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK1c3680f9e8d7c6b5;received=192.0.2.10',
  'Record-Route: <sip:198.51.100.1;lr;ftag=as58f4201b>',
  'Max-Forwards: 69',
  'From: "Alice Example" <sip:+15559990000@carrier.example.com;user=phone>;tag=as58f4201b',
  'To: <sip:+15551112222@203.0.113.10;user=phone>',
  'Contact: <sip:+15559990000@192.0.2.10:5060;transport=udp>',
  'Call-ID: 4f8d2c6e1a3b5c7d9e0f@192.0.2.10',
  'CSeq: 102 INVITE',
  'P-Asserted-Identity: <sip:+15559990000@carrier.example.com>',
  'User-Agent: Carrier SBC 9.1',
  'Date: Tue, 24 Nov 2026 10:00:00 GMT',
  'Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, SUBSCRIBE, NOTIFY, INFO, PRACK, UPDATE',
  'Supported: replaces, timer, 100rel',
  'Content-Type: application/sdp',
  `Content-Length: ${Buffer.byteLength(SDP)}`,
  '',
  SDP,
].join('\r\n');

const report = (result: Record<string, number>) => console.log(JSON.stringify(result));
const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

switch (what) {
  case 'parse':
    report(measureCodec(numbers[0] ?? 3));
    break;
  case 'pair':
    await measurePair(numbers[0] ?? 20_000, numbers[1] ?? 200);
    break;
  case 'call':
    await measureCalls({ port: numbers[0] ?? 0, calls: numbers[1] ?? 0, inFlight: numbers[2] ?? 0 });
    break;
  case 'answer':
    await answerCalls();
    break;
  case 'memory':
    await measureMemory(numbers[0] ?? 5_000);
    break;
  default:
    throw new Error(`no measurement is called ${what}`);
}
if (what !== 'answer') process.exit(0);

function measureCodec(seconds: number): Record<string, number> {
  const data = Buffer.from(INVITE);
  const message = parseMessage(data);
  const perSecond = (work: () => unknown) => {
    repeat(work, 0.5);
    return repeat(work, seconds);
  };
  return {
    bytes: data.length,
    parsed: perSecond(() => parseMessage(data)),
    written: perSecond(() => serializeMessage(message)),
  };
}

function repeat(work: () => unknown, seconds: number): number {
  const BATCH = 500;
  const startedMs = systemClock.nowMs();
  let done = 0;
  for (;;) {
    for (let n = 0; n < BATCH; n++) work();
    done += BATCH;
    const tookMs = systemClock.nowMs() - startedMs;
    if (tookMs >= seconds * 1000) return Math.round((done * 1000) / tookMs);
  }
}

/** Both ends in this process. */
async function measurePair(calls: number, inFlight: number): Promise<void> {
  const callee = await openAgent(answerAtOnce);
  const caller = await openAgent(() => {});
  await placeCalls(caller.agent, { to: callee.address, inFlight, calls: 2_000 });
  report(await timed(() => placeCalls(caller.agent, { to: callee.address, inFlight, calls })));
}

/** Our callers, at whoever listens at that port. */
async function measureCalls(load: { port: number; calls: number; inFlight: number }): Promise<void> {
  const caller = await openAgent(() => {});
  const to = { host: '127.0.0.1', port: load.port };
  report(await timed(() => placeCalls(caller.agent, { to, ...load })));
}

async function timed(run: () => Promise<number>): Promise<Record<string, number>> {
  const before = { ms: systemClock.nowMs(), cpu: cpuSeconds() };
  const completed = await run();
  return {
    completed,
    seconds: (systemClock.nowMs() - before.ms) / 1000,
    cpuSeconds: cpuSeconds() - before.cpu,
  };
}

/** Until it is asked to stop, when it tells what it cost. */
async function answerCalls(): Promise<void> {
  let answered = 0;
  const { address } = await openAgent((call) => {
    answered += 1;
    answerAtOnce(call);
  });
  console.log(address.port);
  const before = cpuSeconds();
  process.once('SIGTERM', () => {
    report({ answered, cpuSeconds: cpuSeconds() - before });
    process.exit(0);
  });
}

/** What an answered call holds, both of its ends together, when its INVITE is long forgotten by the network. */
async function measureMemory(dialogs: number): Promise<void> {
  const callee = await openAgent(answerAtOnce);
  const caller = await openAgent(() => {});
  const before = usedBytes();
  await holdCalls(dialogs, caller.agent, callee.address);
  const fresh = usedBytes();
  await forgotten([callee.agent, caller.agent]);
  const settled = usedBytes();
  report({ dialogs, freshBytes: fresh - before, settledBytes: settled - before });
}

/** The network has had its time to repeat what was said: no transaction is left. */
async function forgotten(agents: UserAgent[]): Promise<void> {
  const open = () =>
    agents.some((agent) => agent.counts().clientTransactions + agent.counts().serverTransactions > 0);
  const deadlineMs = systemClock.nowMs() + 60_000;
  while (open()) {
    if (systemClock.nowMs() > deadlineMs) throw new Error('transactions are left over after 60 s');
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function holdCalls(
  dialogs: number,
  agent: Awaited<ReturnType<typeof openAgent>>['agent'],
  to: { host: string; port: number },
): Promise<void> {
  return new Promise((resolve) => {
    let [begun, answered] = [0, 0];
    const next = () => {
      begun += 1;
      const uri = `sip:+1555${begun}@${to.host}:${to.port}`;
      agent.invite({
        requestUri: uri,
        from: { uri: 'sip:+15559990000@127.0.0.1' },
        to: { uri },
        targets: [to],
        offer: SDP,
        handlers: {
          onSent: () => {},
          onProvisional: () => {},
          onAnswered: () => {
            answered += 1;
            if (begun < dialogs) next();
            if (answered === dialogs) resolve();
          },
          onEnded: () => {},
        },
      });
    };
    for (let n = 0; n < 100; n++) next();
  });
}

function usedBytes(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
