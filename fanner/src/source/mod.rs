//! Reading a stream: which shards it has, and the records of each of them in order.

mod pace;
mod reader;
mod shards;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use jiff::{Timestamp, Unit};
use serde::{Deserialize, Serialize};

use crate::SequenceNumber;

pub(crate) use pace::Pace;
pub(crate) use reader::{Batch, Reader};
pub(crate) use shards::{created_at, list};

/// The name of a shard, as Kinesis gives it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct ShardId(Arc<str>);

/// A record as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub sequence_number: SequenceNumber,
    pub arrived_at: Timestamp,
    pub partition_key: String,
    pub data: Bytes,
}

impl ShardId {
    /// The name as Kinesis writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for ShardId {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for ShardId {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<ShardId> for String {
    fn from(id: ShardId) -> String {
        id.0.as_ref().into()
    }
}

impl fmt::Display for ShardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A time as the AWS SDK writes it, as ours. Kinesis counts milliseconds; what is finer comes from its decimal fractions.
pub(crate) fn timestamp(at: &aws_sdk_kinesis::primitives::DateTime) -> Timestamp {
    let exact = Timestamp::from_nanosecond(at.as_nanos()).unwrap_or_default();
    exact.round(Unit::Millisecond).unwrap_or(exact)
}
