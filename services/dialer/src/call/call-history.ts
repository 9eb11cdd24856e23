import { type Call, type CallNote, createNote, type NoteContent, type NoteKind } from '@trunkline/contracts';

export type NoteBody = Omit<NoteContent, 'accountSid' | 'callSid'>;

/** What the owner of one call is told beside its states. It never throws and never waits. */
export interface CallHistory {
  note(kind: NoteKind, body: NoteBody): void;
}

export type HistoryOpener = (call: Pick<Call, 'sid' | 'accountSid'>) => CallHistory;

export interface HistoryOptions {
  publish: (note: CallNote) => void;
  /** The CloudEvents `source`. */
  source: string;
  now: () => Date;
}

/** Far above what a call has to tell; markup that goes in a circle all day is cut off here. */
export const MAX_NOTES = 1000;

/** Makes what opens each call's history. */
export function createHistoryOpener({ publish, source, now }: HistoryOptions): HistoryOpener {
  return ({ sid: callSid, accountSid }) => {
    let count = 0;
    const write = (kind: NoteKind, body: NoteBody) =>
      publish(createNote(kind, { ...body, accountSid, callSid }, now(), source));
    return {
      note(kind, body) {
        count += 1;
        if (count < MAX_NOTES) write(kind, body);
        if (count === MAX_NOTES)
          write('warning', { message: `nothing more is noted: ${MAX_NOTES} are enough` });
      },
    };
  };
}
