-- Ways to and from the telephone network. What a value may be is checked by who writes; here stands what the database needs.
create table trunks (
  sid                      text collate "C" primary key,
  account_sid              text collate "C" not null references accounts (sid),
  name                     text not null,
  enabled                  boolean not null,
  host                     text not null,
  port                     integer,
  transport                text,
  outbound_proxy           text,
  priority                 integer not null,
  weight                   integer not null,
  number_format            text not null,
  strip_digits             smallint not null,
  number_prefix            text not null,
  caller_id_header         text not null,
  hide_caller_id           boolean not null,
  from_domain              text,
  max_channels             integer,
  max_calls_per_second     integer,
  options_interval_seconds integer not null,
  follow_redirects         boolean not null,
  reliable_provisionals    text not null,
  session_expires_seconds  integer,
  allow_refer              boolean not null,
  register                 boolean not null,
  register_expires_seconds integer not null,
  username                 text,
  -- Base64 of what only dialers open.
  password_sealed          text,
  public_address           text,
  inbound_addresses        text[] not null,
  -- The place in TRUNKS, from 1, of one that the environment made, and a keyed digest of what it said then: while it says
  -- the same, a start changes nothing.
  environment_place        integer,
  environment_mark         bytea,
  date_created             timestamptz not null,
  date_updated             timestamptz not null
);
-- The order of an account's list, which is the order of trying.
create index trunks_of_account on trunks (account_sid, priority, sid);
