-- A workspace may be there before a sandbox has been made for it. SQLite takes no "not null" away from a column.
create table workspaces_to_be (
  issuer text not null,
  subject text not null,
  -- The one it has, or the last one it had: that may have ended, and be forgotten. Null: none has been made yet.
  sandbox_id text unique,
  -- What that was, or is to be, asked for with, without what opens a registry. It holds the environment, and so secrets.
  request text not null,
  created_at integer not null,
  primary key (issuer, subject)
) strict, without rowid;

insert into workspaces_to_be select issuer, subject, sandbox_id, request, created_at from workspaces;
drop table workspaces;
alter table workspaces_to_be rename to workspaces;
create index workspaces_by_age on workspaces (created_at desc, issuer, subject);
