/** Mirrors `instructions` of contracts, as small as most callers' are. */
const INSTRUCTIONS = JSON.stringify({
  url: 'https://example.com/script',
  method: 'POST',
  fallbackUrl: null,
  fallbackMethod: 'POST',
  ringTimeoutSeconds: 60,
  markup: null,
  sendDigits: null,
  timeLimitSeconds: null,
  callerId: null,
  sipAuth: null,
  record: null,
  machineDetection: null,
});

/**
 * Inserts calls number $4 to $5 of $6 that an account $1 placed evenly from $2 to $3 (ms since the epoch): 80 % were
 * completed; a third came from the first of 20 numbers, and fewer from each of the next; hardly any number was called
 * twice.
 */
export const INSERT_RANDOM_CALLS = `
  insert into calls (
    sid, account_sid, sequence, final, to_address, from_address, status, direction, api_version, date_created,
    date_updated, start_time, end_time, duration_seconds, queue_time_ms, price, price_unit, sip_code, hangup_side,
    end_reason, instructions)
  select
    'CA' || lpad(to_hex(ms), 12, '0') || '70008000' || lpad(to_hex(number), 12, '0'),
    $1, 5, true,
    '+1' || (2000000000 + floor(to_random * 7999999999))::bigint,
    '+1555000' || lpad(floor(20 * power(from_random, 2.7))::text, 4, '0'),
    status, case when direction_random < 0.95 then 'outbound-api' else 'outbound-dial' end, '2012-04-24',
    timestamptz 'epoch' + ms * interval '1 ms',
    timestamptz 'epoch' + (ms + ring_ms + talk_ms) * interval '1 ms',
    case when is_answered then timestamptz 'epoch' + (ms + ring_ms) * interval '1 ms' end,
    timestamptz 'epoch' + (ms + ring_ms + talk_ms) * interval '1 ms',
    case when is_answered then talk_ms / 1000 else 0 end,
    15,
    case when status = 'completed' then 0.0125 end,
    'USD',
    case status when 'completed' then 200 when 'busy' then 486 when 'no-answer' then 480 when 'canceled' then 487 else 503 end,
    case when status = 'completed' then 'remote' end,
    case status
      when 'completed' then 'hangup' when 'busy' then 'busy' when 'no-answer' then 'ring-timeout'
      when 'canceled' then 'cancel-requested' else 'trunk-failed'
    end,
    '${INSTRUCTIONS}'
  from (
    select *,
      status = 'completed' or (status = 'failed' and talk_random < 0.05) as is_answered,
      1000 + floor(ring_random * 29000)::bigint as ring_ms,
      case when status = 'completed' or (status = 'failed' and talk_random < 0.05)
        then 1000 + floor(power(talk_random, 3) * 600000)::bigint else 0 end as talk_ms
    from (
      select number,
        $2::bigint + floor((number + random()) * ($3::bigint - $2::bigint) / $6::bigint)::bigint as ms,
        (array['completed', 'completed', 'completed', 'completed', 'completed', 'completed', 'completed', 'completed',
          'completed', 'completed', 'completed', 'completed', 'completed', 'completed', 'completed', 'completed',
          'no-answer', 'busy', 'failed',
          case when random() < 0.5 then 'canceled' else 'no-answer' end])[1 + floor(random() * 20)::integer] as status,
        random() as to_random, random() as from_random, random() as direction_random,
        random() as ring_random, random() as talk_random
      from generate_series($4::bigint, $5::bigint) as number
    ) drawn
  ) timed`;
