-- What sandboxes are made of, by name. A name whose template was deleted stays, so that no version of it is ever given twice.
create table templates (
  name text primary key,
  -- The newest.
  version integer not null,
  is_deleted integer not null default 0,
  created_at integer not null
) strict, without rowid;

create table template_versions (
  name text not null references templates (name),
  version integer not null,
  -- What it says. It holds the environment, and so secrets.
  spec text not null,
  created_at integer not null,
  primary key (name, version)
) strict, without rowid;

-- The template that a sandbox was made of, and what else is to be told of that.
alter table sandboxes add column template text;
