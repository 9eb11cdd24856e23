-- Further credentials of accounts. A removed key stays, marked, so that whoever keeps a copy learns of the removal.
create table api_keys (
  sid           text collate "C" primary key,
  account_sid   text collate "C" not null references accounts (sid),
  friendly_name text not null,
  -- all, or read.
  scope         text not null,
  -- SHA-256: the secret is long and random, and signs nothing.
  secret_digest bytea not null,
  date_created  timestamptz not null,
  date_updated  timestamptz not null,
  date_deleted  timestamptz
);

create index api_keys_by_account on api_keys (account_sid, sid) where date_deleted is null;
create index api_keys_by_change on api_keys (date_updated);
