-- The history of each call: its events, the requests to its owner's servers, warnings and errors. Only the recorder
-- writes here, and no row ever changes. Not partitioned: calls are found by Sid alone, and what is too old is deleted in
-- small batches off the beginning of the primary key, which is the order of creation.
create table call_events (
  call_sid    text collate "C" not null,
  -- The event's or note's own id: a message that comes again is known by it.
  id          text collate "C" not null,
  account_sid text collate "C" not null,
  time        timestamptz not null,
  kind        text not null,
  name        text not null,
  sequence    integer,
  status      text,
  reason      text,
  sip_code    smallint,
  code        integer,
  message     text,
  request     jsonb,
  response    jsonb,
  primary key (call_sid, id)
);

-- Notifications: few beside the events, so that the indexes are small.
create index call_events_notifications on call_events (account_sid, time desc, id desc) include (kind)
  where kind in ('warning', 'error');
create index call_events_notification on call_events (account_sid, id) where kind in ('warning', 'error');

-- Which calls' records were deleted: nothing of them is written any more.
create index call_events_deleted on call_events (call_sid) where kind = 'state' and name = 'deleted';
create index call_events_deleted_by_time on call_events (time) where kind = 'state' and name = 'deleted';
