//! An event on its way from the Global Event Stream to the streams that get it.

use std::sync::Arc;

use bytes::Bytes;
use fanner_event::{OpenError, Opened};
use fanner_model::{EventName, PartitionBy};
use jiff::Timestamp;
use tokio::sync::OwnedSemaphorePermit;

use crate::SequenceNumber;
use crate::source::{Record, ShardId};

/// An event that was opened, and where it was read. Shared by all its deliveries.
#[derive(Debug)]
pub(crate) struct Event {
    pub name: EventName,
    /// The partition key that every consumer receives: `<event_name>/<event_id>`.
    pub key: String,
    pub user_id: String,
    pub device_id: String,
    /// The bytes that the producer wrote.
    pub payload: Bytes,
    /// The bytes of the record, which are the envelope.
    pub envelope: Bytes,
    pub shard: ShardId,
    pub record: SequenceNumber,
    pub arrived_at: Timestamp,
    /// The event's part of the memory that all events may use; given back with the last delivery.
    _memory: Option<Arc<OwnedSemaphorePermit>>,
}

impl Event {
    /// Opens a record of `shard`.
    ///
    /// # Errors
    /// Says why the record is not an event.
    pub(crate) fn open(
        shard: &ShardId,
        record: &Record,
        memory: Option<Arc<OwnedSemaphorePermit>>,
    ) -> Result<Self, OpenError> {
        let opened = fanner_event::open(record.data.clone())?;
        let key = opened.partition_key();
        let Opened { name, envelope, .. } = opened;
        Ok(Self {
            name,
            key,
            user_id: envelope.user_id,
            device_id: envelope.device_id,
            payload: envelope.payload,
            envelope: record.data.clone(),
            shard: shard.clone(),
            record: record.sequence_number.clone(),
            arrived_at: record.arrived_at,
            _memory: memory,
        })
    }

    /// Whose event it is, for a stream that keeps each user's or device's events in order; `None` if nobody's.
    pub(crate) fn whose(&self, by: PartitionBy) -> Option<&str> {
        let whose = match by {
            PartitionBy::UserId => &self.user_id,
            PartitionBy::DeviceId => &self.device_id,
        };
        (!whose.is_empty()).then_some(whose.as_str())
    }
}
