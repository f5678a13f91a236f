-- What is asked for, what is true, and who works on it.
create table stream (
    name text collate "C" primary key,
    id text collate "C" not null unique,
    team text collate "C" not null,
    generation bigint not null,
    -- The generation that last changed the capacity: until it is real, shards are brought to what was asked for.
    capacity_generation bigint not null,
    spec text not null,
    idempotency_key text,
    created_at bigint not null,
    updated_at bigint not null,

    phase text not null,
    reason text,
    observed_generation bigint not null,
    seen text,
    -- Whether the rules name it, and the newest revision of the rules that concerns it.
    served boolean not null,
    revision bigint not null,

    -- When the reconciler last looked, when it must look again, and which of its turns has the stream until when.
    looked_at bigint not null,
    due_at bigint not null,
    attempts bigint not null,
    claim text not null,
    claimed_until bigint not null
);
create index stream_due on stream (due_at);
create index stream_team on stream (team, name);

-- The events of a stream's own subscription. Invariant: an event type that is named here cannot be deleted.
create table stream_event (
    stream text collate "C" not null references stream (name) on delete cascade,
    event text collate "C" not null references event_type (name),
    primary key (stream, event)
);
create index stream_event_event on stream_event (event);
