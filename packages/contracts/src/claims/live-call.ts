import { z } from 'zod';
import { callRecordSchema } from '../call.js';

/** What another dialer needs to send a BYE on this dialog (RFC 3261 §12). */
const dialogIdentifiersSchema = z.object({
  callId: z.string(),
  localTag: z.string(),
  remoteTag: z.string(),
  localUri: z.string(),
  remoteUri: z.string(),
  /** The Contact of the far end: the Request-URI of what we send. */
  remoteTarget: z.string(),
  /** Route headers, in the order to send them. */
  routeSet: z.array(z.string()),
  /** The CSeq number of the last request we sent. */
  localCSeq: z.number().int(),
  /** The address of the next hop. */
  nextHop: z.object({
    host: z.string(),
    port: z.number().int(),
    /** UDP when absent. */
    protocol: z.enum(['UDP', 'TCP', 'TLS']).optional(),
    /** Over TLS: whose certificate it must have. */
    serverName: z.string().optional(),
    connection: z.string().optional(),
  }),
});
export type DialogIdentifiers = z.infer<typeof dialogIdentifiersSchema>;

/** A call that a dialer holds: enough for another to end it truthfully. */
export const liveCallSchema = z.object({
  /** The id of the dialer. */
  owner: z.string(),
  record: callRecordSchema,
  /** Set once the call is answered. */
  dialog: dialogIdentifiersSchema.nullable(),
});
export type LiveCall = z.infer<typeof liveCallSchema>;

export const LIVE_CALLS_BUCKET = 'live-calls';
/**
 * How far a takeover jumps ahead of the sequence it found, to stand above whatever the lost dialer published and did
 * not note here any more.
 */
export const TAKEOVER_SEQUENCE_JUMP = 100;
