-- After how long without use a sandbox sinks a tier lower; null: never.
alter table sandboxes add column idle text;
-- What its container is, or is being made: running, frozen or stopped.
alter table sandboxes add column tier text not null default 'running';
-- Of one that idleness has put to sleep: since when nobody has used it. Whoever touches it wakes it.
alter table sandboxes add column idle_since integer;
-- It ends then, whatever renewals say.
alter table sandboxes add column lives_until integer;
