-- Who reads the Global Event Stream without the fanner: the newest report, and what security acknowledged.

create table bypass_report (
    one boolean primary key check (one),
    taken_at bigint not null,
    body text not null
);

-- Never changed, only taken back. What has ended stays, so that its story can be told.
create table break_glass (
    id text primary key,
    body text not null,
    expires_at bigint not null,
    ended_at bigint,
    ended_by text
);
