-- Who may call. Only a hash of the secret is kept; a revoked token stays, so that its story can be told.
create table token (
    id text primary key,
    secret_hash text not null unique,
    team text not null,
    role text not null,
    created_at bigint not null,
    expires_at bigint not null,
    revoked_at bigint
);
