import { isIP } from 'node:net';
import {
  CALLER_ID_HEADERS,
  NUMBER_FORMATS,
  RELIABLE_PROVISIONALS,
  TRUNK_TRANSPORTS,
} from '@trunkline/contracts';
import { z } from 'zod';
import { boolean, clearable, clearableList, integer, text, word } from '../parameters/kinds-of-value.js';
import { numberedPagingParameters } from '../parameters/numbered-paging.js';
import { parameterSet } from '../parameters/parameter-set.js';
import { faultOfAddress } from './fault-of-address.js';
import { faultOfNetwork } from './read-network.js';
import { faultOfHost, readHostName, readSipHost, type SipHost, writeSipUri } from './read-sip-host.js';

export const MAX_CREDENTIAL_LENGTH = 128;
const MAX_NAME_LENGTH = 64;
const MAX_INBOUND_ADDRESSES = 64;

const credential = () => clearable(text(MAX_CREDENTIAL_LENGTH)).optional();
/** 0 for none. */
const limit = (max: number) =>
  clearable(integer({ min: 0, max }).transform((given) => (given === 0 ? null : given))).optional();

const host = z.string().transform((given, context): SipHost => {
  const read = readSipHost(given);
  if ('sip' in read) return read.sip;
  context.addIssue({ code: 'custom', input: given, message: read.complaint });
  return z.NEVER;
});

const outboundProxy = z.string().transform((given, context): string => {
  const read = given.includes('@') ? { complaint: PROXY_WITH_USER } : readSipHost(given);
  if ('sip' in read) return writeSipUri(read.sip);
  const message = read.complaint;
  context.addIssue({ code: 'custom', input: given, message });
  return z.NEVER;
});

const PROXY_WITH_USER = 'cannot have a user: give Username and Password';

const fromDomain = z.string().transform((given, context): string => {
  const name = readHostName(given);
  const message = name === null ? 'must be a host name or an IP address' : faultOfHost(name);
  if (message !== null) context.addIssue({ code: 'custom', input: given, message });
  return name ?? z.NEVER;
});

const ipAddress = z.string().superRefine((given, context) => {
  const isAddress = isIP(given) !== 0 && !given.includes('%');
  const message = isAddress ? faultOfAddress(given) : 'must be an IP address';
  if (message !== null) context.addIssue({ code: 'custom', input: given, message });
});

const network = z.string().superRefine((given, context) => {
  const message = faultOfNetwork(given);
  if (message !== null) context.addIssue({ code: 'custom', input: given, message });
});

const sessionExpires = z
  .string()
  .meta({ type: 'integer', minimum: 0, maximum: 86_400 })
  .refine(
    (given) =>
      /^0+$/.test(given) || (/^\d{2,5}$/.test(given) && Number(given) >= 90 && Number(given) <= 86_400),
    {
      message: 'must be a whole number from 90 to 86400, or 0 for none',
    },
  )
  .transform((given) => Number(given) || null);

/** A transfer is a second call, joined to the first: that takes Dial. */
const NO_TRANSFERS = 'must be false: no transfer can be carried out before Dial is there';

const changes = {
  FriendlyName: text(MAX_NAME_LENGTH)
    .optional()
    .describe('Its name in the attempts of calls; its host unless told.'),
  Host: host
    .optional()
    .describe(
      'A host name, an IP address, or a URI such as `sip:user:password@carrier.example:5060;transport=tls`.',
    ),
  Port: clearable(integer({ min: 1, max: 65_535 }))
    .optional()
    .describe('As DNS says (SRV), or 5060, unless told.'),
  Transport: clearable(word(TRUNK_TRANSPORTS))
    .optional()
    .describe('As DNS says (NAPTR), or udp, unless told.'),
  OutboundProxy: clearable(outboundProxy)
    .optional()
    .describe('Where everything is sent in place of Host: a SIP URI.'),
  Priority: integer({ min: 0, max: 65_535 })
    .optional()
    .describe('The lowest is tried first; 10 unless told.'),
  Weight: integer({ min: 0, max: 65_535 })
    .optional()
    .describe('Its share among those of one priority; 10 unless told.'),
  NumberFormat: word(NUMBER_FORMATS).optional().describe('How numbers are written; `as-given` unless told.'),
  StripDigits: integer({ min: 0, max: 15 })
    .optional()
    .describe(
      'Digits taken off the front of the number called, before NumberPrefix is put there; 0 unless told.',
    ),
  NumberPrefix: clearable(z.string().regex(/^[0-9*#+]{0,15}$/, 'must be up to 15 of 0-9 * # and +'))
    .optional()
    .describe('Put before the number called.'),
  CallerIdHeader: word(CALLER_ID_HEADERS)
    .optional()
    .describe('Which header besides From tells who calls; `none` unless told.'),
  HideCallerId: boolean().optional().describe('An anonymous From, and `Privacy: id`.'),
  FromDomain: clearable(fromDomain).optional().describe('The host in From; our own address unless told.'),
  MaxChannels: limit(100_000).describe(
    'Calls at once over all dialers, both directions; 0, or none, for no limit.',
  ),
  MaxCallsPerSecond: limit(10_000).describe('New calls a second over all dialers, likewise.'),
  OptionsInterval: integer({ min: 0, max: 3600 })
    .optional()
    .describe(
      'Seconds between two signs of life that each dialer asks for (OPTIONS); 0 for never, 30 unless told.',
    ),
  FollowRedirects: boolean().optional().describe('Whether a 3xx is followed, at this trunk.'),
  ReliableProvisionals: word(RELIABLE_PROVISIONALS).optional().describe('RFC 3262; `supported` unless told.'),
  SessionExpires: clearable(sessionExpires)
    .optional()
    .describe('Seconds (RFC 4028), 90 to 86400; 0 to ask for none, 1800 unless told.'),
  AllowRefer: boolean()
    .refine((isAllowed) => !isAllowed, NO_TRANSFERS)
    .optional()
    .describe(`Whether the far end may transfer calls (REFER): it ${NO_TRANSFERS}.`),
  Register: boolean().optional().describe('Whether one of the dialers registers with it; needs Username.'),
  RegisterExpires: integer({ min: 60, max: 86_400 }).optional().describe('Seconds; 3600 unless told.'),
  Username: credential().describe('What it is told when it asks; with Password. Empty takes both away.'),
  Password: credential().describe('It is kept sealed, and never shown.'),
  PublicAddress: clearable(ipAddress)
    .optional()
    .describe('The IP address that it is told of us, when it is another than others are told.'),
  InboundAddresses: clearableList(network, { max: MAX_INBOUND_ADDRESSES })
    .optional()
    .describe(
      'Where its calls come from besides its own addresses: IP addresses and ranges, with commas between.',
    ),
  Enabled: boolean().optional().describe('Whether calls take it; `true` unless told.'),
};

export const trunkChangeParameters = parameterSet(changes);
export const newTrunkParameters = parameterSet({
  ...changes,
  Host: host.describe(changes.Host.description ?? ''),
});
export const trunkListParameters = parameterSet({
  FriendlyName: text(MAX_NAME_LENGTH).optional().describe('Of this name.'),
  ...numberedPagingParameters,
});

export type TrunkForm = z.output<typeof trunkChangeParameters.schema>;

export type NewTrunkForm = z.output<typeof newTrunkParameters.schema>;
export type TrunkListQuery = z.output<typeof trunkListParameters.schema>;
