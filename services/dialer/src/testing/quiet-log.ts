import type { CallLog } from '../call/call-log.js';

export interface QuietLog extends CallLog {
  /** Warnings and errors, in order. */
  complaints: string[];
}

/** A log for tests: silent, with what went wrong kept. */
export function createQuietLog(): QuietLog {
  const complaints: string[] = [];
  const keep = (_: object, message: string) => void complaints.push(message);
  return { complaints, debug: () => {}, info: () => {}, warn: keep, error: keep };
}
