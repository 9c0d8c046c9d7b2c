-- Whose containers these are: every container carries this store's id.
create table store (
  id text not null,
  created_at integer not null
) strict;

insert into store (id, created_at) values (lower(hex(randomblob(16))), unixepoch() * 1000);

-- What should exist. Times are milliseconds since the epoch.
create table sandboxes (
  id text primary key,
  state text not null,
  reason text not null,
  message text not null,
  transition_at integer not null,
  image text not null,
  platform text,
  entrypoint text not null,
  metadata text not null,
  profile text not null,
  limits text not null,
  -- Opens the agent.
  token text not null,
  -- Part of the path that opens the sandbox's own ports.
  port_secret text not null,
  created_at integer not null,
  expires_at integer,
  -- When something is to be done about it next: to end a live one, to forget an ended one.
  due_at integer,
  -- The engine's word on the start that this row knows of.
  started_at text not null default '',
  -- Of an ended one: the last output of its entrypoint.
  last_words text not null default ''
) strict;

create index sandboxes_by_age on sandboxes (created_at desc, id);
create index sandboxes_by_due on sandboxes (due_at) where due_at is not null;
create index sandboxes_by_state on sandboxes (state);
