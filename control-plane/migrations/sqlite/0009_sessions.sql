-- Who calls for minutes, on the strength of a proof. Only a hash of the secret is kept.
create table session (
    secret_hash text primary key,
    caller text not null,
    team text not null,
    role text not null,
    scope text not null,
    created_at bigint not null,
    expires_at bigint not null
);
create index session_expires_at on session (expires_at);

-- Proofs that began sessions, by their hash, until they would be refused for their age: each is good for a few times only.
create table proof (
    id text primary key,
    uses bigint not null,
    expires_at bigint not null
);
create index proof_expires_at on proof (expires_at);

-- What a token may do within its role, and when it was last presented.
alter table token add column scope text not null default 'full';
alter table token add column last_used_at bigint;
