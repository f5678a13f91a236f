-- Of which end of a grant those concerned were reminded, and how many days before. An extended grant has another end.
create table reminder (
    grant_id text not null,
    ends_at bigint not null,
    days bigint not null,
    primary key (grant_id, ends_at, days)
);
