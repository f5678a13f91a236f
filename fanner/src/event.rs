//! An event on its way from the Global Event Stream to the streams that get it.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use fanner_event::v1::{Envelope, PayloadEncoding};
use fanner_event::{OpenError, Opened};
use fanner_model::{EventName, FieldPath, Format, PartitionBy};
use jiff::Timestamp;
use prost::Message;
use tokio::sync::OwnedSemaphorePermit;

use crate::SequenceNumber;
use crate::mask::{self, Unmaskable};
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
    pub encoding: PayloadEncoding,
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
            encoding: envelope.payload_encoding(),
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

    /// The bytes that a consumer gets who may not see the fields that `mask` names.
    ///
    /// # Errors
    /// The mask cannot be applied, so nothing may be delivered.
    pub(crate) fn data(&self, format: Format, mask: &BTreeSet<FieldPath>) -> Result<Bytes, Unmaskable> {
        match format {
            Format::Payload if mask.is_empty() => Ok(self.payload.clone()),
            Format::Envelope if mask.is_empty() => Ok(self.envelope.clone()),
            Format::Payload => self.masked(mask),
            Format::Envelope => Ok(self.envelope_around(self.masked(mask)?, mask)),
        }
    }

    fn masked(&self, mask: &BTreeSet<FieldPath>) -> Result<Bytes, Unmaskable> {
        match self.encoding {
            PayloadEncoding::Json => mask::masked(&self.payload, mask),
            _ => Err(Unmaskable::Encoding),
        }
    }

    /// The envelope with a payload that was masked, and with what was masked.
    fn envelope_around(&self, payload: Bytes, mask: &BTreeSet<FieldPath>) -> Bytes {
        let mut envelope = Envelope::decode(self.envelope.clone()).expect("it was decoded when the event was opened");
        envelope.payload_crc32c = crc32c::crc32c(&payload);
        envelope.payload = payload;
        let redacted = mask.iter().map(|path| path.as_str().into());
        envelope.delivery.get_or_insert_default().redacted_paths.extend(redacted);
        envelope.encode_to_vec().into()
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
