-- The stream whose reader role IAM may have: this one, or, until that role is gone, an earlier one of its name. It is noted with
-- the wish for a role and taken back once the role is gone, so that none is left behind.
alter table stream add column role_id text;
