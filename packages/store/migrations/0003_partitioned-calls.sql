-- `calls` becomes partitioned by the time in its Sids, with what a call has learned to say since.
-- The rows stand aside until there are counters for them (0005).
drop index calls_by_account, calls_by_status, calls_by_to, calls_by_from, calls_by_start, calls_by_parent, calls_queued;
alter table calls rename to calls_unpartitioned;
alter index calls_pkey rename to calls_unpartitioned_pkey;

create table calls (
  -- A UUIDv7 behind `CA`: its byte order is the order of creation, and so the order of every list.
  sid              text collate "C" primary key,
  account_sid      text collate "C" not null,
  parent_call_sid  text collate "C",
  sequence         integer not null,
  -- Whether the status is a final one, as the writer saw it: such a row changes no more, but for its deletion.
  final            boolean not null,
  to_address       text not null,
  from_address     text not null,
  -- What an address is found by: a number is the same with and without `+`. See src/listing/address-key.ts.
  to_key           text collate "C" not null generated always as (
    case when to_address ~ '^[+]?[0-9]+$' then ltrim(to_address, '+') else to_address end) stored,
  from_key         text collate "C" not null generated always as (
    case when from_address ~ '^[+]?[0-9]+$' then ltrim(from_address, '+') else from_address end) stored,
  phone_number_sid text,
  status           text not null,
  direction        text not null,
  api_version      text not null,
  date_created     timestamptz not null,
  date_updated     timestamptz not null,
  date_deleted     timestamptz,
  ring_time        timestamptz,
  start_time       timestamptz,
  end_time         timestamptz,
  duration_seconds integer,
  queue_time_ms    bigint,
  price            numeric,
  price_unit       text,
  answered_by      text,
  forwarded_from   text,
  caller_name      text,
  sip_code         smallint,
  sip_reason       text,
  q850_cause       smallint,
  hangup_side      text,
  end_reason       text,
  attempts         jsonb not null default '[]',
  quality          jsonb,
  metadata         jsonb not null default '{}',
  instructions     jsonb not null,
  status_callback  jsonb
) partition by range (sid);

-- Everything, until the recorder splits it by its period (src/partitions). There is never a default partition: with one,
-- a list could not be read partition by partition in its order. Room for the updates that change no indexed column.
create table calls_ahead partition of calls for values from (minvalue) to (maxvalue) with (fillfactor = 85);
-- Statements are planned for any account: where one has nearly all calls, the planner would go through the primary key
-- for every account, and for a small one look at everybody's calls. So it is told that there are many.
alter table calls_ahead alter column account_sid set (n_distinct = 1000);

-- The lists that are read straight off an index. What few columns they hold never change during a call, so that its
-- updates touch no index. Any other filter is counted (0004), or narrowed by one of these and by Sid.
create index calls_by_account on calls (account_sid, sid) where date_deleted is null;
create index calls_by_to on calls (account_sid, to_key, sid) where date_deleted is null;
create index calls_by_from on calls (account_sid, from_key, sid) where date_deleted is null;

-- What pairs of metadata are found by: the account is in every key, so that nobody's list touches another's calls, however
-- alike their metadata; and the three parts of a key cannot be taken for others. 64 bits of md5, as those of the faster
-- hashes can be made to collide at will; the metadata itself is compared in the end.
create function metadata_keys(account_sid text, metadata jsonb) returns bigint[]
language sql immutable strict parallel safe
return array(
  select ('x' || substr(md5(concat(length(account_sid), ':', account_sid, length(key), ':', key, value)), 1, 16))::bit(64)::bigint
  from jsonb_each_text(metadata));

-- Nothing for a call without a parent, or without metadata.
create index calls_by_parent on calls (account_sid, parent_call_sid, sid) where parent_call_sid is not null;
-- With no list of pending entries, which every reader would have to go through.
create index calls_by_metadata on calls using gin (metadata_keys(account_sid, metadata)) with (fastupdate = off)
where metadata <> '{}';
