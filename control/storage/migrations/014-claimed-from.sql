-- The pool that a sandbox was claimed from; null: it was made for whoever asked.
alter table sandboxes add column pool text;
