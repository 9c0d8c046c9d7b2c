-- Sessions of LobeHub's: each a directory in a workspace, for as long as its lease lasts. Their files stay.
create table lobehub_leases (
  issuer text not null,
  subject text not null,
  session_id text not null,
  -- In which sandbox: another one has none of its files.
  sandbox_id text not null,
  expires_at integer not null,
  primary key (issuer, subject, session_id)
) strict, without rowid;

-- What LobeHub has asked for in the background.
create table lobehub_tasks (
  id text primary key,
  issuer text not null,
  subject text not null,
  capability text not null,
  status text not null,
  -- Of a command that was started: where, under which id, and its session.
  sandbox_id text,
  command_id text,
  session text,
  result text,
  error_code text,
  error_message text,
  created_at integer not null,
  updated_at integer not null,
  deadline_at integer not null,
  completed_at integer
) strict, without rowid;
create index lobehub_tasks_of_user on lobehub_tasks (issuer, subject, created_at);
create index lobehub_tasks_by_end on lobehub_tasks (completed_at);
