import { ANSWERED_BY, CALL_STATUSES, END_REASONS } from '@trunkline/contracts';
import { z } from 'zod';

/** How the door of 2010 writes times. */
export const RFC_2822 = 'RFC 2822, such as Tue, 31 Aug 2010 20:36:28 +0000';

const time = z.iso.datetime({ precision: 3 });
const sid = (prefix: string) => z.string().regex(new RegExp(`^${prefix}[0-9a-f]{32}$`));
const described = <T extends z.ZodType>(schema: T, description: string) => schema.describe(description);

const attempt = z.object({
  trunk: described(z.string(), 'The name of the trunk; of a device of a client, where it is'),
  trunk_sid: described(sid('TK').nullable(), 'Null for a device of a client'),
  target: described(z.string().nullable(), 'Where the INVITE went, such as UDP 192.0.2.1:5060'),
  why: described(z.string(), 'Why this one was chosen, and why those before it were not'),
  start_time: time,
  end_time: time.nullable(),
  sip_code: z.int().nullable(),
  sip_reason: z.string().nullable(),
  q850_cause: z.int().nullable(),
  failure: z.enum(END_REASONS).nullable(),
  error: described(z.string().nullable(), 'Of one that nobody answered: why, such as connection refused'),
});

/** As `attempts` are at the door of 2010: its times, and its numbers as text. */
export const attemptsAt2010 = z
  .array(
    attempt.extend({
      start_time: described(z.string(), RFC_2822),
      end_time: described(z.string().nullable(), RFC_2822),
      sip_code: z.string().nullable(),
      q850_cause: z.string().nullable(),
    }),
  )
  .describe('The INVITEs that were sent, in their order');

const quality = z.object({
  mos: described(z.number(), 'Mean opinion score, 1 to 4.5, estimated (ITU-T G.107)'),
  loss_percent: z.number(),
  jitter_ms: z.number(),
});

/** A call in JSON at the door of 2012: what the document shows, and what a test holds against what is written. */
export const callJsonSchema = z.object({
  sid: sid('CA'),
  date_created: described(time, 'When it was accepted'),
  date_updated: time,
  parent_call_sid: described(sid('CA').nullable(), 'The call that created this leg'),
  account_sid: sid('AC'),
  to: described(z.string(), 'The number or name called'),
  from: described(z.string(), 'The number or name shown as caller'),
  phone_number_sid: described(sid('PN').nullable(), 'The number of ours that received an inbound call'),
  status: z.enum(CALL_STATUSES),
  start_time: described(time.nullable(), 'When it was answered'),
  end_time: described(time.nullable(), 'When it ended, answered or not'),
  duration: described(z.int().nullable(), 'Whole seconds of talk; 0 for a call that ended unanswered'),
  price: described(z.string().nullable(), 'A decimal number; null until the call is over'),
  price_unit: described(z.string().nullable(), 'ISO 4217'),
  direction: z.enum(['inbound', 'outbound-api', 'outbound-dial']),
  answered_by: z.enum(ANSWERED_BY).nullable(),
  api_version: z.string(),
  forwarded_from: z.string().nullable(),
  caller_name: z.string().nullable(),
  uri: described(z.string(), 'Relative to the server'),
  queue_time: described(z.int().nullable(), 'Milliseconds from acceptance to the first INVITE'),
  ring_duration: described(z.int().nullable(), 'Whole seconds that the phone rang'),
  sip_code: described(z.int().nullable(), 'The SIP status that decided the state of the call'),
  sip_reason: z.string().nullable(),
  q850_cause: described(z.int().nullable(), 'From a Reason header (RFC 3326), when one was given'),
  hangup_side: z.enum(['local', 'remote']).nullable(),
  end_reason: described(z.enum(END_REASONS).nullable(), 'Why it ended, in a word'),
  attempts: described(z.array(attempt), 'The INVITEs that were sent, in their order'),
  quality: quality.nullable(),
  metadata: described(z.record(z.string(), z.string()), 'As it was given with the call'),
  subresource_uris: z.object({
    events: z.string(),
    recordings: z.string(),
    notifications: z.string(),
    stream: z.string(),
  }),
});
