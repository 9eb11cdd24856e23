import type { Bus } from '@trunkline/bus';
import type { CallEvent } from '@trunkline/contracts';
import type { DrainStep } from '@trunkline/runtime';
import type { Store } from '@trunkline/store';
import type { Observer } from './observe.js';
import { startReconciler } from './reconciler.js';
import { createLogRecorder } from './record-log.js';
import { createLogSweep } from './sweep-log.js';

/** What the histories of calls are built on. */
export interface LogBase {
  /** Null: for ever. */
  retentionDays: number | null;
  store: Store;
  bus: Pick<Bus, 'consumeNotes'>;
  observer: Observer;
}

export interface CallLog {
  /** Resolves once the events are in the histories of their calls. */
  recordEvents(events: CallEvent[]): Promise<void>;
  /** What keeps it from being written, or null. */
  trouble(): string | null;
  /** In order. */
  drainSteps: DrainStep[];
}

/** Under this name all recorders share the stream of notes. */
const DURABLE = 'recorder-notes';
const MAX_BATCH = 500;
/** Nobody waits for a note: fuller batches cost less. */
const MAX_WAIT_MS = 200;
const SWEEP_EVERY_MS = 60_000;

/** Starts to write notes into the histories of their calls, and to delete what is too old; events are handed in. */
export async function startLog({ retentionDays, store, bus, observer }: LogBase): Promise<CallLog> {
  const { onRefused, onPoisonNote, onLogSwept, onError } = observer;
  // One each, since each tells its own trouble.
  const ofEvents = createLogRecorder({ log: store, onRefused });
  const ofNotes = createLogRecorder({ log: store, onRefused });
  const notes = await bus.consumeNotes({
    durable: DURABLE,
    maxBatch: MAX_BATCH,
    maxWaitMs: MAX_WAIT_MS,
    handler: ofNotes.recordNotes,
    onPoison: onPoisonNote,
  });
  const sweep = createLogSweep({ log: store, retentionDays, now: Date.now });
  const sweeper = startReconciler({
    everyMs: SWEEP_EVERY_MS,
    sweep: (signal) => sweep(signal).then(onLogSwept),
    onError,
  });
  return {
    recordEvents: ofEvents.recordEvents,
    trouble: () => ofEvents.trouble() ?? ofNotes.trouble(),
    drainSteps: [
      { name: 'sweeper', run: () => sweeper.stop() },
      { name: 'notes', run: () => notes.close() },
    ],
  };
}
