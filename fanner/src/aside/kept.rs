//! A record that was kept aside, with all that is needed to find out why and to publish it again.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fanner_model::StreamName;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::SequenceNumber;
use crate::event::Event;
use crate::source::{Record, ShardId};

/// A record that was kept aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub at: Timestamp,
    pub reason: String,
    /// The stream that refused it; `None`: it is not an event, so nobody could get it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamName>,
    /// The partition key it was read or sent with.
    pub key: String,
    pub shard: ShardId,
    pub sequence_number: SequenceNumber,
    pub arrived_at: Timestamp,
    /// The record's bytes as they were read, in base64.
    pub data: String,
}

impl Kept {
    /// A record of `shard` that is not an event.
    pub(crate) fn undecodable(shard: &ShardId, record: &Record, reason: &str, at: Timestamp) -> Self {
        Self {
            at,
            reason: reason.to_owned(),
            stream: None,
            key: record.partition_key.clone(),
            shard: shard.clone(),
            sequence_number: record.sequence_number.clone(),
            arrived_at: record.arrived_at,
            data: STANDARD.encode(&record.data),
        }
    }

    /// An event that `stream` can never accept.
    pub(crate) fn refused(stream: &StreamName, event: &Event, reason: &str, at: Timestamp) -> Self {
        Self {
            at,
            reason: reason.to_owned(),
            stream: Some(stream.clone()),
            key: event.key.clone(),
            shard: event.shard.clone(),
            sequence_number: event.record.clone(),
            arrived_at: event.arrived_at,
            data: STANDARD.encode(&event.envelope),
        }
    }
}
