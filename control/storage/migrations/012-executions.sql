-- Code that was run in sandboxes, and what came of it.
create table executions (
  id text primary key,
  status text not null,
  -- A workspace's key, where it was asked for in one.
  workspace text,
  -- Null: it has none yet. What it was may be long gone.
  sandbox_id text,
  -- 1: that sandbox is there for nothing else, and ends with it.
  owns_sandbox integer not null,
  language text not null,
  -- Null: it is run as a program.
  handler text,
  function_name text,
  code text not null,
  timeout_ms integer not null,
  created_at integer not null,
  started_at integer,
  finished_at integer,
  -- JSON: how it ended. Null: it hasn't.
  outcome text,
  -- JSON: its events, numbered as they were told.
  events text
) strict, without rowid;

create index executions_by_age on executions (created_at desc, id);
create index executions_of_sandboxes on executions (sandbox_id);
create index executions_of_workspaces on executions (workspace);
create index executions_unfinished on executions (finished_at);
