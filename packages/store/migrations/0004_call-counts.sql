-- How many calls there are, kept by the database itself in the transaction of the rows, so that any page of a long list
-- is found, and its total told, without counting rows. Deleted calls are not counted.
create table call_counts (
  account_sid     text collate "C" not null,
  -- '' counts all calls of the account; 't:<to_key>' and 'f:<from_key>' those to or from one busy address (call_addresses).
  scope           text collate "C" not null,
  -- A bucket is the ms in the Sid without its last `level` bits: 32 (50 days), 24 (4.7 hours) or 18 (4.4 minutes); a range
  -- of Sids, which those of the next level divide. Addresses are not counted at 18.
  level           smallint not null,
  bucket          bigint not null,
  direction       text collate "C" not null,
  queued          bigint not null,
  ringing         bigint not null,
  in_progress     bigint not null,
  completed       bigint not null,
  busy            bigint not null,
  no_answer       bigint not null,
  canceled        bigint not null,
  failed          bigint not null,
  -- Those of `failed` that had been answered, which have a start time.
  answered_failed bigint not null,
  -- Calls that break the rule which times a call of its status has (see below): with one of them, what a filter by time
  -- lets through cannot be told from the statuses, and the rows are asked.
  odd             bigint not null,
  -- No call of the bucket is outside. Never narrowed again.
  min_start       timestamptz,
  max_start       timestamptz,
  min_end         timestamptz,
  max_end         timestamptz,
  primary key (account_sid, scope, level, bucket, direction)
) with (fillfactor = 90); -- the current buckets change all the time, and they are few
-- As with calls: plans are made once for all, and no value is so frequent that the table should be read instead.
alter table call_counts
  alter column account_sid set (n_distinct = 1000),
  alter column scope set (n_distinct = 1000),
  alter column level set (n_distinct = 1000);

-- Only busy addresses have counters: most numbers are called once, and a few thousand calls are counted off an index in a
-- millisecond or two. Which ones are busy is told by a sample of one call in 1,024 (see count_address).
create table call_addresses (
  account_sid text collate "C" not null,
  scope       text collate "C" not null,
  samples     bigint not null,
  -- From the moment on that this is true, its counters are exact.
  counted     boolean not null default false,
  primary key (account_sid, scope)
);
create index call_addresses_to_count on call_addresses (samples) where not counted;

-- The reconciler's question. A table rather than an index on calls.status: that would make every change of status write
-- all of the row's index entries anew.
create table queued_calls (
  sid text collate "C" primary key
);

create function sid_ms(sid text) returns bigint
language sql immutable strict parallel safe
return ('x' || substr(sid, 3, 12))::bit(48)::bigint;

-- Two writers whose batches have accounts in common take turns: they would wait for each other's counters in a circle.
create function lock_call_counts(account_sids text[]) returns integer
language plpgsql as $$
declare
  lock_key bigint;
begin
  for lock_key in select distinct hashtextextended(a, 0) from unnest(account_sids) a order by 1 loop
    perform pg_advisory_xact_lock(lock_key);
  end loop;
  return 0;
end $$;

-- One text, for five sources of rows with a sign: added, removed and changed rows (triggers), a range of Sids, an address.
do $do$
declare
  counting constant text := $sql$
    insert into call_counts as c
    select account_sid, scope, level, bucket, direction,
      queued, ringing, in_progress, completed, busy, no_answer, canceled, failed, answered_failed, odd,
      min_start, max_start, min_end, max_end
    from (
      select account_sid, scope, level, finest >> (level - 18) as bucket, direction,
        sum(queued) as queued, sum(ringing) as ringing, sum(in_progress) as in_progress, sum(completed) as completed,
        sum(busy) as busy, sum(no_answer) as no_answer, sum(canceled) as canceled, sum(failed) as failed,
        sum(answered_failed) as answered_failed, sum(odd) as odd,
        min(min_start) as min_start, max(max_start) as max_start, min(min_end) as min_end, max(max_end) as max_end,
        min(old_min_start) as old_min_start, max(old_max_start) as old_max_start,
        min(old_min_end) as old_min_end, max(old_max_end) as old_max_end
      from (
        select account_sid, scope, ms >> 18 as finest, direction,
          coalesce(sum(sign) filter (where status = 'queued'), 0) as queued,
          coalesce(sum(sign) filter (where status = 'ringing'), 0) as ringing,
          coalesce(sum(sign) filter (where status = 'in-progress'), 0) as in_progress,
          coalesce(sum(sign) filter (where status = 'completed'), 0) as completed,
          coalesce(sum(sign) filter (where status = 'busy'), 0) as busy,
          coalesce(sum(sign) filter (where status = 'no-answer'), 0) as no_answer,
          coalesce(sum(sign) filter (where status = 'canceled'), 0) as canceled,
          coalesce(sum(sign) filter (where status = 'failed'), 0) as failed,
          coalesce(sum(sign) filter (where status = 'failed' and start_time is not null), 0) as answered_failed,
          coalesce(sum(sign) filter (where odd), 0) as odd,
          min(start_time) filter (where sign > 0) as min_start, max(start_time) filter (where sign > 0) as max_start,
          min(end_time) filter (where sign > 0) as min_end, max(end_time) filter (where sign > 0) as max_end,
          min(start_time) filter (where sign < 0) as old_min_start,
          max(start_time) filter (where sign < 0) as old_max_start,
          min(end_time) filter (where sign < 0) as old_min_end, max(end_time) filter (where sign < 0) as old_max_end
        from (
          select sign, account_sid, to_key, from_key, direction, status, start_time, end_time, sid_ms(sid) as ms,
            (status in ('completed', 'busy', 'no-answer', 'canceled', 'failed')) <> (end_time is not null)
              or (status <> 'failed' and (status in ('in-progress', 'completed')) <> (start_time is not null)) as odd
          from (%s) counted
          where date_deleted is null
        ) calls_with_sign
        cross join lateral (
          select '' as scope
          union all
          select a.scope from call_addresses a
          where a.account_sid = calls_with_sign.account_sid and a.scope in ('t:' || to_key, 'f:' || from_key) and a.counted
        ) as counted_in
        group by account_sid, scope, ms >> 18, direction
      ) finest_first
      cross join (values (32), (24), (18)) as place (level)
      where (scope = '' or level > 18) and (%s)
      group by account_sid, scope, level, finest >> (level - 18), direction
    ) delta
    -- Most updates change nothing that is counted.
    where (queued, ringing, in_progress, completed, busy, no_answer, canceled, failed, answered_failed, odd)
        <> (0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
      or (min_start, max_start, min_end, max_end)
        is distinct from (old_min_start, old_max_start, old_min_end, old_max_end)
    order by account_sid, scope, level, bucket, direction
    on conflict (account_sid, scope, level, bucket, direction) do update set
      queued = c.queued + excluded.queued,
      ringing = c.ringing + excluded.ringing,
      in_progress = c.in_progress + excluded.in_progress,
      completed = c.completed + excluded.completed,
      busy = c.busy + excluded.busy,
      no_answer = c.no_answer + excluded.no_answer,
      canceled = c.canceled + excluded.canceled,
      failed = c.failed + excluded.failed,
      answered_failed = c.answered_failed + excluded.answered_failed,
      odd = c.odd + excluded.odd,
      min_start = least(c.min_start, excluded.min_start),
      max_start = greatest(c.max_start, excluded.max_start),
      min_end = least(c.min_end, excluded.min_end),
      max_end = greatest(c.max_end, excluded.max_end)
  $sql$;
  trigger_body constant text := 'begin %s; %s; return null; end';
begin
  execute format('create function count_added_calls() returns trigger language plpgsql as %L', format(
    trigger_body,
    format(counting, 'select 1 as sign, * from added', 'true'),
    $sql$
      insert into queued_calls select sid from added where status = 'queued' on conflict do nothing;
      insert into call_addresses as known (account_sid, scope, samples)
      select account_sid, scope, count(*)
      from added cross join lateral (values ('t:' || to_key), ('f:' || from_key)) as address (scope)
      where hashtext(sid) & 1023 = 0 and scope not in ('t:', 'f:')
      group by account_sid, scope
      order by account_sid, scope
      on conflict (account_sid, scope) do update set samples = known.samples + excluded.samples
    $sql$));
  execute format('create function count_removed_calls() returns trigger language plpgsql as %L', format(
    trigger_body,
    format(counting, 'select -1 as sign, * from removed', 'true'),
    $sql$delete from queued_calls where sid in (select sid from removed where status = 'queued')$sql$));
  execute format('create function count_changed_calls() returns trigger language plpgsql as %L', format(
    trigger_body,
    format(counting, 'select 1 as sign, * from added union all select -1, * from removed', 'true'),
    $sql$
      delete from queued_calls where sid in (
        select sid from removed where status = 'queued' except select sid from added where status = 'queued');
      insert into queued_calls (
        select sid from added where status = 'queued' except select sid from removed where status = 'queued')
      on conflict do nothing
    $sql$));
  -- Adds (sign 1) or takes away (-1) what a range of Sids is counted as at some levels: for rows that come or go without
  -- triggers.
  execute format(
    'create function count_calls_between(by_sign integer, from_sid text, until_sid text, levels integer[]) '
    'returns void language plpgsql as %L',
    format('begin %s; end', format(
      counting,
      'select by_sign as sign, * from calls where sid >= from_sid and sid < until_sid',
      'level = any(levels)')));
  -- From now on the address has counters.
  execute format(
    'create function count_address(of_account text, of_scope text) returns void language plpgsql as %L',
    format('begin %s; %s; end', $sql$
      -- Not while rows go without triggers (src/partitions/drop-expired.ts): the next time.
      if not pg_try_advisory_xact_lock_shared(hashtextextended('trunkline retention', 0)) then
        return;
      end if;
      perform lock_call_counts(array[of_account]);
      if exists (select from call_addresses where account_sid = of_account and scope = of_scope and counted) then
        return;
      end if;
      insert into call_addresses values (of_account, of_scope, 0, true)
      on conflict (account_sid, scope) do update set counted = true
    $sql$, format(
      counting,
      $sql$
        select 1 as sign, * from calls
        where account_sid = of_account and date_deleted is null and of_scope like 't:%%' and to_key = substr(of_scope, 3)
        union all
        select 1, * from calls
        where account_sid = of_account and date_deleted is null and of_scope like 'f:%%' and from_key = substr(of_scope, 3)
      $sql$,
      'scope = of_scope')));
end $do$;

create trigger count_added after insert on calls
  referencing new table as added for each statement execute function count_added_calls();
create trigger count_changed after update on calls
  referencing old table as removed new table as added for each statement execute function count_changed_calls();
create trigger count_removed after delete on calls
  referencing old table as removed for each statement execute function count_removed_calls();
