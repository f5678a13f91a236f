//! Everything about a stream but its records: what `stream.json` holds. Changes are plain functions on it,
//! so they can be tried without files, locks or a clock.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::consumer::Consumer;
use super::settings::{Metric, Mode};
use super::shard::{Lineage, ShardFacts};
use crate::kinesis::clock::Millis;
use crate::kinesis::error::Error;
use crate::kinesis::hash::HashRange;
use crate::kinesis::limits::Conditions;
use crate::kinesis::name::StreamName;
use crate::kinesis::sequence::{Epoch, SequenceNumber, ShardId};

/// The shards that AWS gives a new on-demand stream.
const ON_DEMAND_SHARDS: u32 = 4;

/// A stream's description.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(crate) name: StreamName,
    pub(crate) epoch: Epoch,
    pub(crate) created_at: Millis,
    pub(super) phase: Phase,
    pub(crate) mode: Mode,
    pub(crate) retention_hours: u32,
    /// Records that arrived before this are gone, whatever the retention became later.
    pub(super) expired_before: Millis,
    pub(crate) max_record_kib: u32,
    /// The key that records are marked as encrypted with.
    pub(crate) kms_key: Option<String>,
    pub(crate) monitoring: BTreeSet<Metric>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) policy: Option<String>,
    pub(crate) consumers: BTreeMap<String, Consumer>,
    pub(super) reshards: Vec<Millis>,
    pub(super) mode_changes: Vec<Millis>,
    /// All shards that still may hold records. Numbers are never used twice.
    pub(super) shards: BTreeMap<ShardId, ShardFacts>,
    pub(super) next_shard: u32,
}

/// What a new stream is to be.
#[derive(Clone, Debug)]
pub(crate) struct NewStream {
    pub(crate) name: StreamName,
    pub(crate) capacity: Capacity,
    pub(crate) max_record_kib: u32,
    pub(crate) tags: BTreeMap<String, String>,
}

/// How much a new stream takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capacity {
    Provisioned { shards: u32 },
    OnDemand,
}

impl Capacity {
    pub(crate) fn shards(self) -> u32 {
        match self {
            Capacity::Provisioned { shards } => shards,
            Capacity::OnDemand => ON_DEMAND_SHARDS,
        }
    }

    fn mode(self) -> Mode {
        match self {
            Capacity::Provisioned { .. } => Mode::Provisioned,
            Capacity::OnDemand => Mode::OnDemand,
        }
    }
}

/// Where a stream is in its life. A phase ends by itself, at a moment that is known when it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    Creating { until: Millis },
    Updating { until: Millis },
    Deleting { until: Millis },
}

/// What the API calls a stream's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Creating,
    Active,
    Updating,
    Deleting,
}

impl Status {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Status::Creating => "CREATING",
            Status::Active => "ACTIVE",
            Status::Updating => "UPDATING",
            Status::Deleting => "DELETING",
        }
    }
}

impl Facts {
    /// A stream that begins to exist now.
    pub(crate) fn new(new: NewStream, epoch: Epoch, conditions: &Conditions) -> Facts {
        let ranges = HashRange::uniform(new.capacity.shards());
        let mut facts = Facts {
            name: new.name,
            epoch,
            created_at: conditions.now,
            phase: Phase::Creating { until: conditions.settled_at() },
            mode: new.capacity.mode(),
            retention_hours: 24,
            expired_before: Millis::default(),
            max_record_kib: new.max_record_kib,
            kms_key: None,
            monitoring: BTreeSet::new(),
            tags: new.tags,
            policy: None,
            consumers: BTreeMap::new(),
            reshards: Vec::new(),
            mode_changes: Vec::new(),
            shards: BTreeMap::new(),
            next_shard: 0,
        };
        ranges.into_iter().for_each(|range| facts.open_shard(range, Lineage::Original, conditions.now));
        facts
    }

    pub(crate) fn status(&self, now: Millis) -> Status {
        match self.phase {
            Phase::Creating { until } if now < until => Status::Creating,
            Phase::Updating { until } if now < until => Status::Updating,
            Phase::Creating { .. } | Phase::Updating { .. } => Status::Active,
            Phase::Deleting { .. } => Status::Deleting,
        }
    }

    /// Whether deletion is complete.
    pub(crate) fn is_gone(&self, now: Millis) -> bool {
        matches!(self.phase, Phase::Deleting { until } if until <= now)
    }

    /// Errors with `ResourceNotFound` unless records can be written and read.
    pub(super) fn ensure_usable(&self, now: Millis) -> Result<(), Error> {
        match self.status(now) {
            Status::Active | Status::Updating => Ok(()),
            status => Err(Error::not_found(format!(
                "Stream {} takes and gives no records: it is {}",
                self.name,
                status.text()
            ))),
        }
    }

    /// Errors with `ResourceInUse` unless nothing else is happening to the stream.
    pub(crate) fn ensure_active(&self, now: Millis) -> Result<(), Error> {
        match self.status(now) {
            Status::Active => Ok(()),
            status => Err(Error::in_use(format!("Stream {} is {}, not ACTIVE", self.name, status.text()))),
        }
    }

    /// Begins a change of an active stream.
    pub(super) fn begin_update(&mut self, conditions: &Conditions) -> Result<(), Error> {
        self.ensure_active(conditions.now)?;
        self.phase = Phase::Updating { until: conditions.settled_at() };
        Ok(())
    }

    /// Begins deletion. A stream that is being created or changed can be deleted too.
    pub(crate) fn delete(&mut self, with_consumers: bool, conditions: &Conditions) -> Result<(), Error> {
        if self.status(conditions.now) == Status::Deleting {
            return Ok(());
        }
        if !self.consumers.is_empty() && !with_consumers {
            return Err(Error::in_use(format!(
                "Stream {} has {} registered consumers: deregister them, or set EnforceConsumerDeletion",
                self.name,
                self.consumers.len()
            )));
        }
        self.phase = Phase::Deleting { until: conditions.settled_at() };
        Ok(())
    }

    /// Records that arrived before this moment can no longer be read.
    pub(crate) fn horizon(&self, now: Millis) -> Millis {
        now.minus(self.retention()).max(self.expired_before)
    }

    /// The offset that a sequence number of this stream's `shard` stands for.
    pub(super) fn offset_of(&self, number: &str, shard: ShardId) -> Result<u64, Error> {
        let ours = number.parse::<SequenceNumber>().ok().filter(|it| it.epoch == self.epoch && it.shard == shard);
        ours.map(|number| number.offset).ok_or_else(|| {
            Error::invalid(format!(
                "StartingSequenceNumber {number} used in GetShardIterator on shard {shard} in stream {} is invalid because it \
                 did not come from this stream",
                self.name
            ))
        })
    }

    fn retention(&self) -> Duration {
        Duration::from_secs(u64::from(self.retention_hours) * 3600)
    }

    pub(crate) fn max_record_bytes(&self) -> usize {
        self.max_record_kib as usize * 1024
    }
}
