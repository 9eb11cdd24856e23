-- Which token of the environment the first account was last given: a keyed digest. While it is the same, a token that
-- was rotated since is not undone by a restart.
alter table accounts add column environment_mark bytea;
