-- The snapshot that a sandbox was made from, which its image then is.
alter table sandboxes add column snapshot_id text;
-- What is mounted into it, as a list: see control/volumes.
alter table sandboxes add column volumes text not null default '[]';
-- What it may reach, and the secret that lets its owner change that. No policy: whatever isn't closed to all.
alter table sandboxes add column policy text;
alter table sandboxes add column egress_secret text not null default '';
-- Seconds that each touch puts its end off by.
alter table sandboxes add column renew_seconds integer;

-- 1 while it is frozen for a moment: whoever finds that without doing it lets it go on.
alter table sandboxes add column frozen integer not null default 0;

-- Copies of sandboxes' files. The image of one is called after its id.
create table snapshots (
  id text primary key,
  sandbox_id text not null,
  name text,
  state text not null,
  reason text not null,
  message text not null,
  transition_at integer not null,
  created_at integer not null,
  -- What requests had put into the sandbox's environment. In here and not in the image, which others can look into.
  env text not null default '{}'
) strict;

create index snapshots_by_age on snapshots (created_at desc, id);
create index snapshots_by_sandbox on snapshots (sandbox_id);
create index sandboxes_by_snapshot on sandboxes (snapshot_id) where snapshot_id is not null;
-- What happened to a sandbox, for people: so many of each at most, and gone with it.
create table sandbox_events (
  number integer primary key,
  sandbox_id text not null references sandboxes (id) on delete cascade,
  -- The last time, where it happened several times on end.
  at integer not null,
  scope text not null,
  kind text not null,
  message text not null,
  times integer not null default 1
) strict;
create index sandbox_events_by_sandbox on sandbox_events (sandbox_id, number);
