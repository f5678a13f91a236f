//! Storing records: each goes to the open shard that owns its hash key, in the order of the request.

use std::collections::HashMap;

use super::live::{Shard, Stream};
use super::record::Entry;
use crate::kinesis::clock::Millis;
use crate::kinesis::error::Error;
use crate::kinesis::faults::Casualties;
use crate::kinesis::log::Batch;
use crate::kinesis::sequence::{Epoch, SequenceNumber, ShardId};

/// The most that the records of one request may weigh, in bytes.
const MOST_BYTES: usize = 10 << 20;

/// What became of one record of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placement {
    Stored(SequenceNumber),
    /// The shard had no room for it in this second.
    Throttled(ShardId),
    Failed,
}

impl Stream {
    /// Stores records. One that breaks a rule refuses the request before anything is stored; otherwise each has
    /// a fate of its own.
    pub(crate) fn put(
        &self,
        entries: &[Entry<'_>],
        now: Millis,
        casualties: &mut Casualties,
    ) -> Result<Vec<Placement>, Error> {
        let inner = self.inner.read();
        inner.facts.ensure_usable(now)?;
        let (most, encrypted) = (inner.facts.max_record_bytes(), inner.facts.kms_key.is_some());
        let mut placements = vec![Placement::Failed; entries.len()];
        let mut parcels: HashMap<ShardId, Parcel<'_>> = HashMap::new();
        let mut total = 0;
        for (position, entry) in entries.iter().enumerate() {
            let shard = inner.route(entry.hash_key()?);
            let bytes = entry.weigh(most)?;
            total += bytes;
            if casualties.hit_next() {
                continue;
            }
            if !shard.admits_record(bytes, now) {
                placements[position] = Placement::Throttled(shard.id);
                continue;
            }
            parcels.entry(shard.id).or_insert_with(|| Parcel::to(shard)).add(position, entry, encrypted)?;
        }
        if total > MOST_BYTES {
            return Err(Error::invalid(format!(
                "the records weigh {total} bytes together; a request takes up to {MOST_BYTES}"
            )));
        }
        for mut parcel in parcels.into_values() {
            parcel.deliver(inner.facts.epoch, now, &mut placements);
        }
        Ok(placements)
    }
}

/// The records of one request for one shard.
struct Parcel<'a> {
    shard: &'a Shard,
    batch: Batch,
    /// Which records of the request these are.
    positions: Vec<usize>,
}

impl<'a> Parcel<'a> {
    fn to(shard: &'a Shard) -> Parcel<'a> {
        Parcel { shard, batch: Batch::default(), positions: Vec::new() }
    }

    fn add(&mut self, position: usize, entry: &Entry<'_>, encrypted: bool) -> Result<(), Error> {
        let pushed = self.batch.push(&entry.partition_key, &entry.data, encrypted);
        pushed.map_err(|cause| Error::serialization(format!("Data of record {position} is not base64: {cause}")))?;
        self.positions.push(position);
        Ok(())
    }

    /// Appends the records and notes where they are. If the log cannot be written, these records have failed
    /// and those of other shards have not.
    fn deliver(&mut self, epoch: Epoch, now: Millis, placements: &mut [Placement]) {
        match self.shard.log.append(&mut self.batch, now) {
            Ok(first) => {
                for (&position, offset) in self.positions.iter().zip(first..) {
                    placements[position] = Placement::Stored(SequenceNumber { epoch, shard: self.shard.id, offset });
                }
            }
            Err(cause) => tracing::error!(%cause, shard = %self.shard.id, "records could not be written"),
        }
    }
}
