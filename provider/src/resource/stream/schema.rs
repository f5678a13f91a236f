//! What a user may say of a stream, and what comes back, with the words of the documentation.

use fanner_model::{
    EventName, Format, KmsKey, PartitionBy, Purpose, RetentionHours, RoleArn, ShardCount, StreamName, TeamName,
};

use crate::plugin::schema::Attribute;
use crate::plugin::{parse, timeouts};
use crate::resource::{access, reader_role, tags};

/// The attributes of `fanner_stream`.
pub(super) fn attributes() -> Vec<Attribute> {
    [arguments(), results()].concat()
}

fn arguments() -> Vec<Attribute> {
    let [tags, tags_all] = tags::attributes();
    vec![
        Attribute::text(
            "name",
            "The stream's name, in fanner and in Kinesis: `a-z`, `A-Z`, `0-9`, `_`, `.` and `-`, at most 128 characters. \
             Another name is another stream.",
        )
        .required()
        .replaces()
        .parsed_as::<StreamName>(),
        Attribute::set_of_text(
            "events",
            "The events to receive, by name. Name one that is declared in the same configuration by its `id` \
             (`fanner_event_type.card_swiped.id`), so that it is declared first.",
        )
        .parsed_as::<EventName>(),
        Attribute::integer(
            "shard_count",
            "How many shards the stream has, 1 to 10000. Each takes 1,000 records or 1 MB a second. Changes in place, in \
             steps. Left out, Kinesis scales the stream by itself (on-demand).",
        )
        .parsed_as::<ShardCount>(),
        Attribute::integer(
            "retention_hours",
            "How long a record stays readable, 24 to 8760 hours. Changes in place.",
        )
        .or(i64::from(RetentionHours::default()))
        .parsed_as::<RetentionHours>(),
        Attribute::text("purpose", "What the events are used for, such as `fraud-detection`.").parsed_as::<Purpose>(),
        Attribute::text("team", "The team that owns the stream. Left out, it is the caller's.")
            .or_computed()
            .stable()
            .parsed_as::<TeamName>(),
        Attribute::text("description", "What the stream is for, for other people."),
        Attribute::set_of_text("readers", "IAM roles, by ARN, that may read the stream.").parsed_as::<RoleArn>(),
        reader_role::attribute(),
        Attribute::text(
            "format",
            "What a record's data is: `payload`, the bytes exactly as they were produced, or `envelope`, the whole \
             `fanner.v1.Envelope`. Either way the partition key is `<event_name>/<event_id>`.",
        )
        .or(parse::word(&Format::default()).as_str())
        .parsed_as::<Format>(),
        Attribute::text(
            "partition_by",
            "Whose events stay in order: `user_id` or `device_id`. Left out, records spread evenly.",
        )
        .parsed_as::<PartitionBy>(),
        Attribute::text("kms_key_arn", "The KMS key that encrypts the stream, by ARN or as `alias/…`.")
            .parsed_as::<KmsKey>(),
        Attribute::bool(
            "deletion_protection",
            "Whether Terraform refuses to destroy or replace the stream. Switch it off in an apply of its own first.",
        )
        .or(false),
        tags,
        timeouts::attribute("How long to wait. What is not ready by then is waited for again by the next apply."),
        tags_all,
    ]
}

fn results() -> Vec<Attribute> {
    vec![
        Attribute::text("id", "Identifies the stream; one that is made anew under the same name has another.")
            .computed()
            .stable(),
        Attribute::text("arn", "The Kinesis stream's ARN.").computed().stable(),
        Attribute::text(
            "status",
            "`active`: as asked for, and fed. `creating`, `updating` and `deleting`: on its way. `failed`: somebody must act.",
        )
        .computed(),
        Attribute::integer("open_shard_count", "How many shards take records now; Kinesis sets it when on-demand.").computed(),
        access::attribute(),
        Attribute::text("iam_policy_json", "An IAM policy that allows reading the stream, to attach to a role.").computed(),
        Attribute::text("reader_role_arn", "The role that your workloads assume to read; null without `reader_role`.").computed(),
    ]
}
