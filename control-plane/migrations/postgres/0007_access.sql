-- What access depends on, besides streams, subscriptions and event types. What has ended stays, so that its story can be told.

-- Teams and policies: replaced as a whole, by name.
create table document (
    kind text not null,
    name text collate "C" not null,
    version bigint not null,
    spec text not null,
    idempotency_key text,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (kind, name)
);

-- Standing permissions and quarantines: they hold from when they are made until they are ended, and are never changed.
create table link (
    kind text not null,
    id text collate "C" not null,
    body text not null,
    ended_at bigint,
    ended_by text,
    primary key (kind, id)
);

-- Who asked for what.
create table access_request (
    id text collate "C" primary key,
    stream text collate "C" not null,
    team text collate "C" not null,
    event text collate "C" not null,
    state text not null,
    body text not null
);
create index access_request_state on access_request (state, id);

-- What was approved.
create table access_grant (
    id text collate "C" primary key,
    stream text collate "C" not null,
    team text collate "C" not null,
    event text collate "C" not null,
    ends_at bigint not null,
    revoked_at bigint,
    body text not null
);
create index access_grant_stream on access_grant (stream, event);

-- The revision of the rules that last changed what access depends on.
alter table rules add column access bigint not null default 1;

-- Who asked for it last: whoever that is approves nothing of it.
alter table stream add column asked_by text not null default 'token:unknown';
alter table subscription add column asked_by text not null default 'token:unknown';
