-- Names whose declaration was taken back: each stays with its last owner, since events of that name may still come.
create table retired_event (
    name text primary key,
    team text not null,
    retired_at bigint not null
);

-- Names that were seen on the Global Event Stream and that nobody had declared.
create table sighting (
    name text primary key,
    first_seen_at bigint not null,
    last_seen_at bigint not null
);
create index sighting_last_seen_at on sighting (last_seen_at);
