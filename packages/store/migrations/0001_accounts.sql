-- Who may place calls. The api is the one writer, and the one reader: it keeps a copy in memory.
create table accounts (
  sid               text collate "C" primary key,
  email             text not null,
  friendly_name     text not null,
  status            text not null,
  -- Sealed with SECRET_KEY: callbacks are signed with the token, so a hash would not do.
  auth_token_sealed bytea not null,
  date_created      timestamptz not null,
  date_updated      timestamptz not null
);
