-- 1: what is kept of an ended sandbox's output is its end only.
alter table sandboxes add column last_words_cut integer not null default 0;
