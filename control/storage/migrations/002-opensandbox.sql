-- The snapshot that a sandbox was made from, which its image then is.
alter table sandboxes add column snapshot_id text;
-- What is mounted into it, as a list: see control/volumes.
alter table sandboxes add column volumes text not null default '[]';
-- What it may reach, and the secret that lets its owner change that. No policy: whatever isn't closed to all.
alter table sandboxes add column policy text;
alter table sandboxes add column egress_secret text not null default '';
-- Seconds that each touch puts its end off by.
alter table sandboxes add column renew_seconds integer;
