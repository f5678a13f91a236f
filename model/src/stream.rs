//! A fanner stream: a Kinesis stream of a consumer, with the events that it asked for.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Access, EventName, KmsKey, Purpose, ReaderRole, RetentionHours, RoleArn, SeenRole, ShardCount, StreamId,
    StreamName, Tags, TeamName, limit,
};

/// A stream: what was asked for, and what is true now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Stream {
    pub id: StreamId,
    pub name: StreamName,
    /// The owner.
    pub team: TeamName,
    /// Raised by every change of what is asked for. It is the stream's ETag.
    pub generation: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub spec: StreamSpec,
    pub status: StreamStatus,
    /// For each event of `spec.events`, whether it flows.
    pub access: BTreeMap<EventName, Access>,
}

impl Stream {
    /// Whether Kinesis has caught up with what was asked for.
    pub fn is_ready(&self) -> bool {
        self.status.phase == Phase::Active && self.status.observed_generation == self.generation
    }

    /// The role that fanner made for its readers, if it was there at the last look.
    pub fn reader_role_arn(&self) -> Option<&str> {
        self.status.seen.as_ref()?.reader_role.as_ref().map(|role| role.arn.as_str())
    }
}

/// What a consumer asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StreamSpec {
    /// The owner; left out, the caller's team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamName>,
    #[serde(default, deserialize_with = "limit::description", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Shards of a provisioned stream; left out, the stream is on-demand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard_count: Option<ShardCount>,
    #[serde(default)]
    pub retention_hours: RetentionHours,
    /// The stream's own subscription.
    #[serde(default, deserialize_with = "limit::events")]
    pub events: BTreeSet<EventName>,
    /// What the events are used for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// IAM roles that may read the stream.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub readers: BTreeSet<RoleArn>,
    /// A role that fanner makes for readers whose library needs more than the stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader_role: Option<ReaderRole>,
    #[serde(default)]
    pub format: Format,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition_by: Option<PartitionBy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_arn: Option<KmsKey>,
    /// Refuses to delete the stream while it is on.
    #[serde(default)]
    pub deletion_protection: bool,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

/// What a consumer receives as a record's data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Format {
    /// The payload's bytes, exactly as they were produced.
    #[default]
    Payload,
    /// The whole `fanner.v1.Envelope`.
    Envelope,
}

/// Whose events stay in order, by always going to the same shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PartitionBy {
    UserId,
    DeviceId,
}

/// What is true of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StreamStatus {
    pub phase: Phase,
    /// Why the stream is not active, or what differs from what was asked for: one sentence for its consumer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The newest generation that was made real.
    #[serde(default)]
    pub observed_generation: u64,
    /// What Kinesis said when it was last asked; `None`: there is no such stream in Kinesis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
}

/// Where a stream is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Phase {
    /// Asked for; nothing has been done in Kinesis yet, or Kinesis is creating it.
    #[default]
    Creating,
    /// As asked for, and fed.
    Active,
    /// It exists and is being brought to what was asked for.
    Updating,
    /// It was active and is no longer in Kinesis: somebody deleted it there.
    Missing,
    /// It cannot be brought to what was asked for until somebody acts; `reason` says who and how.
    Failed,
    /// It is going away.
    Deleting,
}

/// A stream as Kinesis describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Seen {
    pub observed_at: Timestamp,
    pub arn: String,
    /// Whether Kinesis scales it by itself.
    pub on_demand: bool,
    pub open_shard_count: i32,
    pub retention_hours: i32,
    /// The key that encrypts it, as Kinesis names it; `None`: not encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
    /// The user's tags, without fanner's own.
    pub tags: BTreeMap<String, String>,
    /// The principals that the stream's resource policy lets read.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub readers: BTreeSet<String>,
    /// The role that fanner made for its readers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader_role: Option<SeenRole>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_lines_are_enough() {
        let text = r#"{"shard_count": 2, "retention_hours": 48, "events": ["card_swiped", "account_opened"]}"#;
        let spec: StreamSpec = serde_json::from_str(text).unwrap();
        assert_eq!(
            serde_json::to_value(&spec).unwrap(),
            serde_json::json!({
                "shard_count": 2, "retention_hours": 48, "events": ["account_opened", "card_swiped"],
                "format": "payload", "deletion_protection": false,
            })
        );
    }

    #[test]
    fn a_misspelt_field_is_refused() {
        let error = serde_json::from_str::<StreamSpec>(r#"{"shards": 2}"#).unwrap_err().to_string();
        assert!(error.starts_with("unknown field `shards`, expected one of `team`, "), "{error}");
    }
}
