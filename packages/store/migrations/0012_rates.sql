-- What calls cost, by the beginning of the number. Money is numeric without a scale: kept and given back as written.
create table rates (
  sid               text collate "C" primary key,
  account_sid       text collate "C" not null references accounts (sid),
  direction         text not null,
  prefix            text collate "C" not null,
  description       text not null,
  currency          text not null,
  -- The upper bounds also keep NaN out, which Postgres takes for greater than any number.
  connection_fee    numeric not null check (connection_fee >= 0 and connection_fee < 1000000000),
  price_per_minute  numeric not null check (price_per_minute >= 0 and price_per_minute < 1000000000),
  increment_seconds integer not null check (increment_seconds > 0),
  date_created      timestamptz not null,
  date_updated      timestamptz not null,
  -- One price a number: two rates of one prefix would leave it to chance. Also the order of the list.
  constraint rates_one_a_prefix unique (account_sid, direction, prefix)
);
