import { z } from 'zod';
import { sidSchema } from '../ids.js';

const sipSourceSchema = z.object({
  protocol: z.enum(['UDP', 'TCP', 'TLS']),
  /** IP address; IPv6 without brackets. */
  host: z.string(),
  port: z.number().int(),
  /** Over a stream: the connection, as the dialer that holds it calls it. */
  connection: z.string().optional(),
});

/** One device of a client, as it registered (RFC 3261 §10.2.1). */
const bindingSchema = z.object({
  /** The Contact URI. */
  contact: z.string(),
  /** Where its REGISTER came from: through a NAT it is reached there and nowhere else. */
  source: sipSourceSchema,
  /** The dialer that took its REGISTER: others reach the device through it. */
  dialerId: z.string(),
  /** `host:port` of that dialer, for UDP. */
  dialerAddress: z.string(),
  callId: z.string(),
  cseq: z.number().int(),
  expiresAt: z.iso.datetime({ precision: 3 }),
  /** 0 to 1: the higher, the rather it is to ring (RFC 3261 §20.10). */
  q: z.number().min(0).max(1),
  /** `+sip.instance` (RFC 5626): a device that comes from a new address replaces itself. */
  instanceId: z.string().nullable(),
  userAgent: z.string().nullable(),
});
export type Binding = z.infer<typeof bindingSchema>;

/** Where a client's devices are just now. */
export const locationSchema = z.object({
  clientSid: sidSchema('CL'),
  bindings: z.array(bindingSchema),
});
export type Location = z.infer<typeof locationSchema>;

/** By client Sid. */
export const LOCATIONS_BUCKET = 'locations';
/** Longer than any binding lives. */
export const LOCATIONS_TTL_MS = 25 * 3_600_000;

/** Which dialer does something that one alone may do, such as registering with a trunk; by what it does. */
export const holdSchema = z.object({ dialerId: z.string(), at: z.iso.datetime({ precision: 3 }) });
export type Hold = z.infer<typeof holdSchema>;
export const HOLDS_BUCKET = 'holds';
export const HOLD_TTL_MS = 30_000;
