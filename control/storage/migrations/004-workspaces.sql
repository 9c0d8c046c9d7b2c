-- What belongs to a key of the host application's: one sandbox at a time. Texts are compared byte by byte.
create table workspaces (
  issuer text not null,
  subject text not null,
  -- The one it has, or the last one it had: that may have ended, and be forgotten.
  sandbox_id text not null unique,
  -- What that was asked for with, without what opens a registry. It holds the environment, and so secrets.
  request text not null,
  created_at integer not null,
  primary key (issuer, subject)
) strict, without rowid;

create index workspaces_by_age on workspaces (created_at desc, issuer, subject);
