-- Further subscriptions. They end with their stream.
create table subscription (
    id text primary key,
    stream text not null references stream (name) on delete cascade,
    generation bigint not null,
    spec text not null,
    idempotency_key text,
    created_at bigint not null,
    updated_at bigint not null
);
create index subscription_stream on subscription (stream);

create table subscription_event (
    subscription text not null references subscription (id) on delete cascade,
    event text not null references event_type (name),
    primary key (subscription, event)
);
create index subscription_event_event on subscription_event (event);
