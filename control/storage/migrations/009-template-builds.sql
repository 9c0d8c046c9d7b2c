-- Images with the packages of templates in them, by their content.
create table template_builds (
  key text primary key,
  -- Content id of the image that it is built upon.
  base text not null,
  packages text not null,
  state text not null,
  message text not null,
  changed_at integer not null,
  -- Number of the newest event: they go on where older ones are forgotten.
  last_event integer not null default 0
) strict, without rowid;

-- What was told of a build, in order.
create table template_build_events (
  key text not null references template_builds (key) on delete cascade,
  n integer not null,
  at integer not null,
  type text not null,
  text text not null,
  primary key (key, n)
) strict, without rowid;

-- The build that a version's sandboxes are made of.
alter table template_versions add column build text;
