-- When each event was last delivered to each incarnation of a stream, as the fanners told.
create table delivery (
    stream text collate "C" not null,
    event text collate "C" not null,
    last_at bigint not null,
    primary key (stream, event)
);
create index delivery_event on delivery (event);
