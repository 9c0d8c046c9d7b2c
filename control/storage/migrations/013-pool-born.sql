-- What a member's agent tells the start of its container apart by from any other; empty: the engine has to be asked.
alter table pool_members add column born text not null default '';
