import {
  type Answer,
  type CallEnd,
  type Clock,
  createUserAgent,
  type IncomingCall,
  type InviteOptions,
  type OutgoingCall,
  openTransports,
  type Provisional,
  type Refer,
  type SipAddress,
  systemClock,
  type TargetFailure,
  type Transport,
  type UserAgent,
} from '@trunkline/sip';
import { Log } from '../../support/deadline.js';
import { sdp } from '../../support/sdp.js';
import { Sipp, type SippOptions } from '../../support/sipp.js';

/** A SIP message as it passed the agent's sockets. */
export interface PassedMessage {
  direction: 'in' | 'out';
  /** The method of a request, the status of a response with its method: `INVITE`, `200 BYE`. */
  what: string;
  text: string;
}

/** Something that the stack told about a call that we placed. */
export type Told =
  | { kind: 'sent'; target: SipAddress }
  | { kind: 'target-failed'; failure: TargetFailure }
  | { kind: 'provisional'; provisional: Provisional }
  | { kind: 'answered'; answer: Answer }
  | { kind: 'offer'; sdp: string }
  | { kind: 'offer-answered'; sdp: string }
  | { kind: 'info'; contentType: string; body: string }
  | { kind: 'refer'; refer: Refer }
  | { kind: 'ended'; end: CallEnd };

/** Everything that was told about one call. */
class CallDiary extends Log<Told> {
  /** Waits for the next thing of this kind, those already told included. */
  async of<Kind extends Told['kind']>(kind: Kind, ms = 10_000): Promise<Extract<Told, { kind: Kind }>> {
    return (await this.waitFor(`the stack tells '${kind}'`, (one) => one.kind === kind, ms)) as Extract<
      Told,
      { kind: Kind }
    >;
  }
}

export interface PlacedCall {
  call: OutgoingCall;
  diary: CallDiary;
}

type PlaceOptions = Partial<Omit<InviteOptions, 'handlers' | 'targets'>> & {
  /** What a re-INVITE or UPDATE with an offer is answered with; refused (488) when absent. */
  answerOffer?: (offer: string) => string;
  protocol?: 'UDP' | 'TCP';
};

/** A user agent of the stack under test on the loopback address, over UDP and TCP; and what it was told and sent. */
export class TestedAgent {
  readonly passed = new Log<PassedMessage>();
  readonly incoming = new Log<IncomingCall>();
  private readonly players: Sipp[] = [];

  private constructor(
    readonly agent: UserAgent,
    private readonly port: number,
    private readonly tcpPort: number,
  ) {}

  /** @param speed how many times faster its timers go than those of the world: for what takes minutes by its RFC */
  static async start(speed = 1): Promise<TestedAgent> {
    const host = '127.0.0.1';
    const transport = await openTransports({
      clock: systemClock,
      udp: { host, port: 0 },
      tcp: { host, port: 0 },
    });
    const tested: TestedAgent = new TestedAgent(
      createUserAgent({
        transport: tap(transport, (message) => tested.passed.add(message)),
        clock: speed === 1 ? systemClock : fastClock(speed),
        publicAddress: ({ protocol = 'UDP' }) => ({ host, port: transport.localOf(protocol)?.port ?? 0 }),
        onInvite: (call) => tested.incoming.add(call),
      }),
      transport.local.port,
      transport.localOf('TCP')?.port ?? 0,
    );
    return tested;
  }

  /** Has SIPp play a scenario: as the called phone, unless the options say whom it calls. */
  async play(scenario: string, options?: SippOptions): Promise<Sipp> {
    const sipp = await Sipp.start(scenario, options);
    this.players.push(sipp);
    return sipp;
  }

  /** Has SIPp call us. */
  playCaller(scenario: string, options: SippOptions = {}): Promise<Sipp> {
    const port = options.protocol === 'TCP' ? this.tcpPort : this.port;
    return this.play(scenario, { calls: { port }, ...options });
  }

  /** Resolves once every scenario has been played to its end; throws what SIPp says when one went otherwise. */
  async finished(): Promise<void> {
    await Promise.all(this.players.map((sipp) => sipp.finished(15_000)));
  }

  /** Places a call to whoever listens there; they are tried one after the other. */
  place(callees: Sipp | readonly Sipp[], options: PlaceOptions = {}): PlacedCall {
    const { answerOffer, protocol = 'UDP', ...invite } = options;
    const targets = [callees].flat().map(({ port }) => ({ host: '127.0.0.1', port, protocol }));
    const diary = new CallDiary();
    const call = this.agent.invite({
      requestUri: `sip:+15551112222@127.0.0.1:${targets[0]?.port}`,
      from: { uri: 'sip:+15559990000@127.0.0.1' },
      to: { uri: 'sip:+15551112222@127.0.0.1' },
      offer: sdp(4000),
      ...invite,
      targets,
      handlers: {
        onSent: (target) => diary.add({ kind: 'sent', target }),
        onTargetFailed: (failure) => diary.add({ kind: 'target-failed', failure }),
        onProvisional: (provisional) => diary.add({ kind: 'provisional', provisional }),
        onAnswered: (answer) => diary.add({ kind: 'answered', answer }),
        onReinvite(offer) {
          diary.add({ kind: 'offer', sdp: offer });
          return answerOffer?.(offer) ?? null;
        },
        onReinviteAnswer: (answer) => diary.add({ kind: 'offer-answered', sdp: answer }),
        onInfo: ({ contentType, body }) => diary.add({ kind: 'info', contentType, body: body.toString() }),
        onRefer: (refer) => diary.add({ kind: 'refer', refer }),
        onEnded: (end) => diary.add({ kind: 'ended', end }),
      },
    });
    return { call, diary };
  }

  /** The call that SIPp places. */
  async called(): Promise<IncomingCall> {
    return this.incoming.waitFor('a call comes', () => true);
  }

  /** The messages that passed, oldest first: `< 180 INVITE` came, `> PRACK` was sent. */
  get story(): string[] {
    return this.passed.entries.map(({ direction, what }) => `${direction === 'in' ? '<' : '>'} ${what}`);
  }

  /** What passed, oldest first; of `what` in the form of the story. */
  messages(what: string): string[] {
    const [direction, name] = [what.startsWith('<') ? 'in' : 'out', what.slice(2)];
    return this.passed.entries
      .filter((message) => message.direction === direction && message.what === name)
      .map(({ text }) => text);
  }

  /** Waits for a message in the form of the story. */
  async seen(what: string): Promise<void> {
    const [direction, name] = [what.startsWith('<') ? 'in' : 'out', what.slice(2)];
    await this.passed.waitFor(what, (message) => message.direction === direction && message.what === name);
  }

  async close(): Promise<void> {
    for (const sipp of this.players) sipp.stop();
    await this.agent.close();
  }
}

/** The value of a header of a message, null when it has none. */
export function headerOf(text: string | undefined, name: string): string | null {
  return new RegExp(`^${name}: *(.*)$`, 'im').exec(text ?? '')?.[1] ?? null;
}

function fastClock(speed: number): Clock {
  return {
    nowMs: () => systemClock.nowMs() * speed,
    after: (ms, run) => systemClock.after(ms / speed, run),
  };
}

function tap(transport: Transport, report: (message: PassedMessage) => void): Transport {
  const send = transport.send.bind(transport);
  const onMessage = transport.onMessage.bind(transport);
  transport.send = (data, to, onDone) => {
    report(describe(data, 'out'));
    send(data, to, onDone);
  };
  transport.onMessage = (handler) => {
    onMessage((data, from) => {
      report(describe(data, 'in'));
      handler(data, from);
    });
  };
  return transport;
}

function describe(data: Buffer, direction: PassedMessage['direction']): PassedMessage {
  const text = data.toString('utf8');
  const [first = '', second = ''] = text.split(' ', 2);
  if (first !== 'SIP/2.0') return { direction, what: first, text };
  return { direction, what: `${second} ${headerOf(text, 'CSeq')?.split(' ')[1]}`, text };
}
