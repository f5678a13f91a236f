-- One row: the revision of the rules, raised in the same transaction as every write that can matter to them.
create table rules (
    one boolean primary key check (one),
    revision bigint not null
);
insert into rules (one, revision) values (true, 1);

-- Fanners: the revision that each said it obeys, and when it last said so.
create table worker (
    name text primary key,
    revision bigint not null,
    seen_at bigint not null
);
