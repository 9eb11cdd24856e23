import type { Call } from '@trunkline/contracts';
import type { PageOfCalls } from './page-of-calls.js';

/** Turns what the operations give into the text of an answer. */
export interface Representation {
  contentType: string;
  /** @param callsPath the path of the call list that the call's URI begins with, without `.json` */
  call(call: Call, callsPath: string): string;
  /** The path of a call, relative to the server, in this format. */
  callUri(callSid: string, callsPath: string): string;
  page(page: PageOfCalls, callsPath: string): string;
  message(status: number, message: string): string;
}
