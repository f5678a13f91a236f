-- Since when a fanner obeys the revision that it obeys.
alter table worker add column since bigint not null default 0;

-- Decisions about access: the revision of the rules that has each, and when every live fanner obeyed it. They stay, so that how long
-- each took can be told.
create table enforcement (
    revision bigint primary key,
    subject text not null,
    decided_at bigint not null,
    enforced_at bigint,
    -- The names, as JSON, of fanners that fell silent before they obeyed it.
    silent text
);
create index enforcement_open on enforcement (revision) where enforced_at is null;
create index enforcement_subject on enforcement (subject, revision);
