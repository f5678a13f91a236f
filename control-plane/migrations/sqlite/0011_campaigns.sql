-- Reviews of what was given: a campaign, and each right that it is about. A right without a verdict waits for an answer.
create table campaign (
    id text primary key,
    due_at bigint not null,
    revokes boolean not null,
    body text not null
);

create table campaign_item (
    campaign text not null references campaign (id),
    item text not null,
    verdict text,
    body text not null,
    primary key (campaign, item)
);
create index campaign_item_verdict on campaign_item (campaign, verdict);
