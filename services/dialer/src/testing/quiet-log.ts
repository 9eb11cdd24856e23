import type { CallLog } from '../call/call-log.js';

export interface QuietLog extends CallLog {
  /** Warnings and errors, in order. */
  complaints: string[];
  /** Their fields, in the same order. */
  fields: object[];
}

/** A log for tests: silent, with what went wrong kept. */
export function createQuietLog(): QuietLog {
  const complaints: string[] = [];
  const fields: object[] = [];
  const keep = (told: object, message: string) => {
    fields.push(told);
    complaints.push(message);
  };
  return { complaints, fields, debug: () => {}, info: () => {}, warn: keep, error: keep };
}
