-- What producers declare. Times are microseconds since 1970 in UTC, here and in every table.
create table event_type (
    name text collate "C" primary key,
    team text collate "C" not null,
    version bigint not null,
    spec text not null,
    idempotency_key text,
    created_at bigint not null,
    updated_at bigint not null
);
