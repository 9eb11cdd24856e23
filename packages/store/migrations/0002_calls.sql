-- Call history: one row a call, as it stood after the event numbered `sequence`. Only the recorder writes here.
create table calls (
  -- A UUIDv7 behind `CA`: its byte order is the order of creation, and so the order of every list.
  sid              text collate "C" primary key,
  account_sid      text collate "C" not null,
  parent_call_sid  text collate "C",
  sequence         integer not null,
  -- Whether the status is a final one, as the writer saw it: such a row never changes again.
  final            boolean not null,
  to_address       text not null,
  from_address     text not null,
  phone_number_sid text,
  status           text not null,
  direction        text not null,
  api_version      text not null,
  date_created     timestamptz not null,
  date_updated     timestamptz not null,
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
  instructions     jsonb not null,
  status_callback  jsonb
) with (fillfactor = 85); -- room for the updates that change no indexed column

-- The lists: each filter in front of the order, so that a page is read off the index.
create index calls_by_account on calls (account_sid, sid desc);
create index calls_by_status on calls (account_sid, status, sid desc);
create index calls_by_to on calls (account_sid, to_address, sid desc);
create index calls_by_from on calls (account_sid, from_address, sid desc);
create index calls_by_start on calls (account_sid, start_time, sid desc) where start_time is not null;
create index calls_by_parent on calls (account_sid, parent_call_sid, sid desc) where parent_call_sid is not null;

-- The reconciler's question: small, since calls do not stay queued.
create index calls_queued on calls (sid) where status = 'queued';
