import { z } from 'zod';
import { sidSchema } from '../ids.js';

export const TRUNK_TRANSPORTS = ['udp', 'tcp', 'tls'] as const;
export const NUMBER_FORMATS = ['as-given', 'plus', 'no-plus'] as const;
export const CALLER_ID_HEADERS = [
  'none',
  'p-asserted-identity',
  'p-preferred-identity',
  'remote-party-id',
] as const;
export const RELIABLE_PROVISIONALS = ['off', 'supported', 'required'] as const;

/** A way to and from the telephone network: a carrier, or a gateway. */
export const trunkSchema = z.object({
  sid: sidSchema('TK'),
  /** Whose calls take it, and those of its sub-accounts that have no trunks of their own. */
  accountSid: sidSchema('AC'),
  /** As it stands in the attempts of calls. */
  name: z.string().min(1).max(64),
  enabled: z.boolean(),
  /** A name or an IP address; IPv6 without brackets. */
  host: z.string().min(1).max(253),
  /** Null: as RFC 3263 finds it (SRV records, or the transport's own). */
  port: z.number().int().min(1).max(65_535).nullable(),
  /** Null: as RFC 3263 finds it (NAPTR records, or UDP). */
  transport: z.enum(TRUNK_TRANSPORTS).nullable(),
  /** Where everything for the trunk is sent in place of `host`: a sip: URI. */
  outboundProxy: z.string().nullable(),
  /** The lowest is tried first. */
  priority: z.number().int().min(0).max(65_535),
  /** Share among the trunks of one priority (RFC 2782). */
  weight: z.number().int().min(0).max(65_535),
  /** How numbers are written in To, From and the caller-id headers. */
  numberFormat: z.enum(NUMBER_FORMATS),
  /** Digits taken off the front of the number called, its plus not counted, before `numberPrefix` is put there. */
  stripDigits: z.number().int().min(0).max(15),
  /** Put before the number called, and before nothing else. */
  numberPrefix: z.string().regex(/^[0-9*#+]{0,15}$/, 'must be up to 15 digits, *, # and +'),
  /** Which header besides From tells who calls (RFC 3325; Remote-Party-ID for old gateways). */
  callerIdHeader: z.enum(CALLER_ID_HEADERS),
  /** Hides who calls: an anonymous From, and `Privacy: id` (RFC 3323, RFC 3325). */
  hideCallerId: z.boolean(),
  /** Host of From; our own address when null. */
  fromDomain: z.string().max(253).nullable(),
  /** Calls at once, both directions, over all dialers; null: no limit. */
  maxChannels: z.number().int().min(1).max(100_000).nullable(),
  /** INVITEs a second, over all dialers; null: no limit. */
  maxCallsPerSecond: z.number().int().min(1).max(10_000).nullable(),
  /** How often each dialer asks for a sign of life (OPTIONS); 0: never. */
  optionsIntervalSeconds: z.number().int().min(0).max(3600),
  /** Whether a 3xx is followed, at the same trunk and at most five times. */
  followRedirects: z.boolean(),
  /** RFC 3262. */
  reliableProvisionals: z.enum(RELIABLE_PROVISIONALS),
  /** RFC 4028; null: we ask for none. */
  sessionExpiresSeconds: z.number().int().min(90).max(86_400).nullable(),
  /** Whether the far end may transfer a call (RFC 3515), on the account's bill. */
  allowRefer: z.boolean(),
  /** Whether one of the dialers registers with it (RFC 3261 §10). */
  register: z.boolean(),
  registerExpiresSeconds: z.number().int().min(60).max(86_400),
  /** What it is told when it asks (RFC 3261 §22). */
  username: z.string().max(128).nullable(),
  /** Sealed for this trunk's Sid (see packages/directory), in base64. */
  passwordSealed: z.string().nullable(),
  /** What Contact, Via and SDP say, when it is not what other peers see: an IP address. */
  publicAddress: z.string().nullable(),
  /** Where its calls come from besides its own addresses: IP addresses and CIDR ranges. */
  inboundAddresses: z.array(z.string()).max(64),
  dateCreated: z.iso.datetime({ precision: 3 }),
  dateUpdated: z.iso.datetime({ precision: 3 }),
});
export type Trunk = z.infer<typeof trunkSchema>;
