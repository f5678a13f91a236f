-- Everything that was done or refused. Nothing here is ever changed; the tree and its checkpoints show it if it is.
create table audit_entry (
    seq bigint primary key,
    -- What is hashed. The columns beside it are only for finding it.
    entry blob not null,
    at bigint not null,
    noun text not null,
    key text not null,
    changes boolean not null
);
create index audit_entry_subject on audit_entry (noun, key, seq);

-- The complete subtrees of the Merkle tree over the entries. Those of level 0 are its leaves.
create table audit_node (
    level bigint not null,
    position bigint not null,
    hash blob not null,
    primary key (level, position)
);

-- One row: the right edge of the tree, and when it grew last. Whoever appends holds it, so appends queue here.
create table audit_head (
    one boolean primary key check (one),
    frontier blob not null,
    at bigint not null
);
insert into audit_head (one, frontier, at) values (true, x'0000000000000000', 0);

-- What the log was at some moments, signed.
create table audit_checkpoint (
    size bigint primary key,
    note text not null,
    frontier blob not null,
    signed_at bigint not null
);
