-- Signed requests that were let in. Each is let in once.
create table seen_nonces (
  issuer text not null,
  nonce text not null,
  -- ms since the epoch; later, the request's own time is refused.
  until integer not null,
  primary key (issuer, nonce)
) strict, without rowid;

create index seen_nonces_by_end on seen_nonces (until);
