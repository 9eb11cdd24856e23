-- Accounts below accounts, a second token for a while, and limits.
alter table accounts
  -- It never changes, so that there is no circle.
  add column parent_sid text collate "C" references accounts (sid),
  -- How many accounts are above it.
  add column depth smallint not null default 0 check (depth between 0 and 5),
  add column currency text not null default 'USD',
  -- The token before the last rotation, and until when it still counts; without a time until it is removed.
  add column secondary_token_sealed bytea,
  add column secondary_expires timestamptz,
  add column requests_per_second double precision,
  add column concurrent_calls integer;

-- What the api asks every few seconds: which accounts have changed.
create index accounts_by_change on accounts (date_updated);
create index accounts_by_parent on accounts (parent_sid, sid) where parent_sid is not null;
-- A login may be typed in any case.
create index accounts_by_email on accounts (lower(email), sid);
