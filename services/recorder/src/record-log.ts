import type { CallEvent, CallNote } from '@trunkline/contracts';
import type { CallLogEntry, WrittenLog } from '@trunkline/store';
import { entryOfEvent, entryOfNote, isNoteId } from './log-entry.js';

/** An entry that is never written, and why. */
export interface RefusedEntry {
  callSid: string;
  id: string;
  why: 'postgres' | 'malformed';
  error: Error;
}

export interface LogRecorderOptions {
  /** Where it is written: the store, seen from here. */
  log: { writeCallEvents(entries: CallLogEntry[]): Promise<WrittenLog> };
  onRefused: (refused: RefusedEntry) => void;
}

/**
 * Writes the histories of calls. Everything resolves once it is committed; a replay adds nothing. Rejects while Postgres
 * is away: the messages come again.
 */
export interface LogRecorder {
  recordEvents(events: CallEvent[]): Promise<void>;
  recordNotes(notes: CallNote[]): Promise<void>;
  /** What kept the last batch from being written, or null. */
  trouble(): string | null;
}

export function createLogRecorder({ log, onRefused }: LogRecorderOptions): LogRecorder {
  let trouble: string | null = null;

  async function write(entries: CallLogEntry[]): Promise<void> {
    try {
      const { rejected } = await log.writeCallEvents(entries);
      trouble = null;
      for (const one of rejected) onRefused({ ...one, why: 'postgres' });
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error);
      throw error;
    }
  }

  return {
    recordEvents: (events) => write(events.map(entryOfEvent)),
    async recordNotes(notes) {
      await write(notes.filter(({ id }) => isNoteId(id)).map(entryOfNote));
      for (const { id, subject } of notes) {
        if (isNoteId(id)) continue;
        onRefused({ callSid: subject, id, why: 'malformed', error: new Error('the id of a note is a UUID') });
      }
    },
    trouble: () => trouble,
  };
}
