-- Numbers of ours: calls to them are their account's.
create table phone_numbers (
  sid                    text collate "C" primary key,
  account_sid            text collate "C" not null references accounts (sid),
  phone_number           text collate "C" not null,
  friendly_name          text not null,
  voice_url              text,
  voice_method           text not null,
  voice_fallback_url     text,
  voice_fallback_method  text not null,
  status_callback        text,
  status_callback_method text not null,
  status_callback_events text[] not null,
  date_created           timestamptz not null,
  date_updated           timestamptz not null
);
-- One number, one owner: carriers send it with and without its plus.
create unique index phone_numbers_one_owner on phone_numbers (ltrim(phone_number, '+'));
create index phone_numbers_of_account on phone_numbers (account_sid, sid);

-- Softphones.
create table clients (
  sid                    text collate "C" primary key,
  account_sid            text collate "C" not null references accounts (sid),
  login                  text collate "C" not null,
  friendly_name          text not null,
  enabled                boolean not null,
  -- Base64 of what only dialers open.
  password_sealed        text not null,
  voice_url              text,
  voice_method           text not null,
  voice_fallback_url     text,
  voice_fallback_method  text not null,
  status_callback        text,
  status_callback_method text not null,
  status_callback_events text[] not null,
  date_created           timestamptz not null,
  date_updated           timestamptz not null,
  constraint clients_one_a_login unique (account_sid, login)
);
