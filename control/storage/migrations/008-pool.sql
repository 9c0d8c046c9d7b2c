-- Containers that stand by, started before anybody asked for them. A sandbox's row takes the place of a member's when it is claimed.
create table pool_members (
  -- What its container carries, and the sandbox's id when it is claimed.
  id text primary key,
  -- The template that it was made for.
  pool text not null,
  -- What was decided when its container was made.
  key text not null,
  limits text not null,
  token text not null,
  started_at text not null,
  created_at integer not null
) strict, without rowid;

-- What a claim said, of a sandbox that was a member; it is said again when its container is started again. Holds the environment, and so secrets.
alter table sandboxes add column claim text;
