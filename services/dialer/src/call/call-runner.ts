import { type Call, type CallRecord, isFinalStatus, type LiveCall } from '@trunkline/contracts';
import type { ScriptEnd } from '@trunkline/rcml';
import type { Timer } from '@trunkline/sip';
import { MAX_TIMER_MS } from './call-control.js';
import type { CallHistory } from './call-history.js';
import type { PublishedEvent } from './call-machine.js';
import type { CallMedia, CallSurroundings } from './call-surroundings.js';
import type { CallLine } from './fetch-markup.js';
import { createJournal, type Journal } from './journal.js';
import { createLiveNote, type LiveNote } from './live-note.js';

/** What a call works with whichever way it goes. */
export type RunnerSurroundings = Pick<
  CallSurroundings,
  | 'source'
  | 'now'
  | 'chargeFor'
  | 'dialerId'
  | 'clock'
  | 'events'
  | 'notes'
  | 'mayNote'
  | 'runMarkup'
  | 'openHistory'
  | 'log'
> & { meter: Pick<CallSurroundings['meter'], 'published'> };

/** What the runner itself tells the machine; every machine of calls knows it. */
export type RunnerInput =
  | { kind: 'script-over' }
  | { kind: 'media-failed' }
  | { kind: 'time-limit' }
  | { kind: 'disowned' };

/** Machines that need no more than its name have that. */
type RunnerState = string | { name: string };

export interface RunnerOptions<State, Input, Effect extends { do: string }> {
  record: CallRecord;
  media: CallMedia;
  /** Where the machine begins. */
  state: State;
  step: (state: State, input: Input | RunnerInput) => { state: State; effects: readonly Effect[] };
  actions: { [E in Effect as E['do']]: (effect: E) => void };
  /** Of the answered leg, for the note; null before. */
  dialog: () => LiveCall['dialog'];
  /** What it means when the leg does not end by itself. */
  whenLost: () => Input;
}

/**
 * Longer than SIP takes to bring any leg to an end: 64*T1 until an INVITE is given up or a 200 without ACK, 64*T1 more for
 * the CANCEL or BYE (RFC 3261 §9.1, §13.3.1.4, §17.1.1.2). After it a call counts as gone, so that no leg can hold its place
 * for ever.
 */
const LEG_END_MS = 90_000;

/**
 * What one call does whichever way it goes: feeds its machine and carries the effects out in their order, tells its story,
 * keeps its note and its audio, and lets go of it all at the end. It decides nothing.
 */
export class CallRunner<
  State extends RunnerState,
  Input extends { kind: string },
  Effect extends { do: string },
> {
  /** Resolves when nothing is left of the call: events acknowledged, note removed. */
  readonly over: Promise<void>;
  readonly history: CallHistory;
  private current: State;
  private readonly inputs: (Input | RunnerInput)[] = [];
  private isStepping = false;
  private readonly journal: Journal;
  private readonly note: LiveNote;
  private readonly script = new AbortController();
  private readonly timers = new Set<Timer>();
  private talkTimer: Timer | null = null;
  private isEndExpected = false;
  private isMediaOpen = true;
  private finish: () => void = () => {};

  constructor(
    private readonly options: RunnerOptions<State, Input, Effect>,
    private readonly at: RunnerSurroundings,
  ) {
    const { record } = options;
    this.current = options.state;
    this.journal = createJournal({ ...at, record, publish: (event) => at.events.publish(event) });
    this.history = at.openHistory(record.call);
    this.note = this.createNote();
    this.over = new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  get state(): State {
    return this.current;
  }

  get call(): Call {
    return this.record().call;
  }

  record(): CallRecord {
    return this.journal.record();
  }

  isNoted(): boolean {
    return this.note.isWritten();
  }

  /** Inputs that effects bring about wait for their turn, so that effects are never carried out out of order. */
  feed(input: Input | RunnerInput): void {
    this.inputs.push(input);
    if (this.isStepping) return;
    this.isStepping = true;
    for (let next = this.inputs.shift(); next; next = this.inputs.shift()) this.step(next);
    this.isStepping = false;
  }

  /** Feeds that input then, unless the call is over before. */
  after(ms: number, input: Input | RunnerInput): Timer {
    return this.schedule(ms, () => this.feed(input));
  }

  /** Tells the call's next event. */
  publish({ event: name, changes }: { event: PublishedEvent; changes: Partial<Call> }): void {
    const event = this.journal.note(name, changes);
    this.at.meter.published(event);
    this.note.freshen();
    const { status, to, sipCode, endReason, durationSeconds } = event.data;
    const fields = { callSid: this.call.sid, to, status, sipCode };
    if (isFinalStatus(status)) this.at.log.info({ ...fields, endReason, durationSeconds }, 'call ended');
    else this.at.log.debug({ ...fields, event: name }, 'call went on');
  }

  /** Adds to the record what is told with the next event; the note has it before. */
  keep(changes: Partial<Call>): void {
    this.journal.add(changes);
    this.note.freshen();
  }

  /** Resolves when the others know of the call as it is now. */
  writeNote(): Promise<void> {
    return this.note.write();
  }

  /** The talk ends when it has taken as long as it may. */
  limitTalk(): void {
    const { timeLimitSeconds } = this.call.instructions;
    if (timeLimitSeconds === null) return;
    const ms = Math.min(timeLimitSeconds * 1000, MAX_TIMER_MS);
    this.talkTimer = this.after(ms, { kind: 'time-limit' });
  }

  /** @param failed what it means when there is no usable markup */
  runScript(failed: (error: Error) => Input, line?: CallLine): void {
    const subject = { call: () => this.call, history: this.history, ...(line ? { line } : {}) };
    void this.at.runMarkup(subject, this.script.signal).then((end) => this.takeScriptEnd(end, failed));
  }

  stopScript(): void {
    this.script.abort();
  }

  /** Begins the audio with the far end's answer to our offer; false when it cannot. */
  joinAudio(answer: string): boolean {
    try {
      this.options.media.acceptAnswer(answer);
      this.options.media.start();
      return true;
    } catch (err) {
      this.at.log.warn({ callSid: this.call.sid, err }, 'the answer gives no usable audio');
      this.feed({ kind: 'media-failed' });
      return false;
    }
  }

  /** Null refuses the new offer; the call goes on as it was (RFC 3261 §14.2). */
  answerReinvite(offer: string): string | null {
    try {
      return this.options.media.answer(offer);
    } catch (err) {
      this.at.log.warn({ callSid: this.call.sid, err }, 'a re-INVITE was refused');
      return null;
    }
  }

  /** Bounds the wait for the leg's own end. */
  expectEnd(): void {
    if (this.isEndExpected) return;
    this.isEndExpected = true;
    this.schedule(LEG_END_MS, () => {
      this.at.log.error(
        { callSid: this.call.sid, state: nameOf(this.current) },
        'a leg did not end by itself',
      );
      this.feed(this.options.whenLost());
    });
  }

  /** We have hung up. */
  endTalk(): void {
    this.talkTimer?.cancel();
    this.closeMedia();
  }

  /** The leg is over: lets go of everything, the note last, when what was told is acknowledged. */
  release(): void {
    for (const timer of this.timers) timer.cancel();
    this.script.abort();
    this.closeMedia();
    void this.note.remove(() => this.at.events.settled(this.call.sid)).then(() => this.finish());
  }

  private step(input: Input | RunnerInput): void {
    if (input.kind === 'disowned') this.note.forget();
    const { state, effects } = this.options.step(this.current, input);
    this.current = state;
    for (const effect of effects) {
      try {
        (this.options.actions[effect.do as Effect['do']] as (effect: Effect) => void)(effect);
      } catch (err) {
        this.at.log.error({ callSid: this.call.sid, effect: effect.do, err }, 'a step of a call failed');
      }
    }
  }

  private takeScriptEnd(end: ScriptEnd, failed: (error: Error) => Input): void {
    if (end.kind === 'ended') this.feed({ kind: 'script-over' });
    if (end.kind !== 'failed') return;
    this.at.log.warn({ callSid: this.call.sid, err: end.error }, 'no usable markup');
    this.feed(failed(end.error));
  }

  private schedule(ms: number, run: () => void): Timer {
    const timer = this.at.clock.after(ms, () => {
      this.timers.delete(timer);
      run();
    });
    this.timers.add(timer);
    return timer;
  }

  private closeMedia(): void {
    if (!this.isMediaOpen) return;
    this.isMediaOpen = false;
    this.options.media.close().catch((err: unknown) => {
      this.at.log.warn({ callSid: this.call.sid, err }, 'the audio of a call did not close');
    });
  }

  private createNote(): LiveNote {
    const { at, options } = this;
    return createLiveNote({
      store: at.notes,
      clock: at.clock,
      mayWrite: at.mayNote,
      onTaken: () => this.feed({ kind: 'disowned' }),
      log: at.log,
      snapshot: () => ({ owner: at.dialerId, record: this.record(), dialog: options.dialog() }),
    });
  }
}

function nameOf(state: RunnerState): string {
  return typeof state === 'string' ? state : state.name;
}
