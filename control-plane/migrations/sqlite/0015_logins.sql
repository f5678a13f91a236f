-- People at the web pages: who logged in, until when. Only a hash of the secret is kept.
create table login (
    secret_hash text primary key,
    -- The token that it was begun with, and that ends it when it is revoked.
    token text references token (id),
    caller text not null,
    team text not null,
    role text not null,
    scope text not null,
    created_at bigint not null,
    -- When it was last used, to the minute.
    used_at bigint not null,
    expires_at bigint not null
);
create index login_expires_at on login (expires_at);
