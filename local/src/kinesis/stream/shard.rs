//! Shards and how they come and go: every split and merge closes its parents and opens children that
//! name them. Closed shards stay until their last record has expired.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::facts::{Facts, Status};
use super::settings::Mode;
use crate::kinesis::bucket::within_daily_quota;
use crate::kinesis::clock::Millis;
use crate::kinesis::error::Error;
use crate::kinesis::hash::{HashKey, HashRange};
use crate::kinesis::limits::Conditions;
use crate::kinesis::scaling::{self, Step};
use crate::kinesis::sequence::ShardId;

/// The most shards that one call may give a stream.
pub(crate) const MAX_SHARDS: u32 = 10_000;

/// A shard's description.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ShardFacts {
    pub(crate) id: ShardId,
    pub(crate) range: HashRange,
    pub(crate) lineage: Lineage,
    pub(crate) opened_at: Millis,
    pub(crate) closed_at: Option<Millis>,
}

/// Where a shard comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Lineage {
    /// It was created with its stream.
    Original,
    /// It is one part of `parent`.
    Split { parent: ShardId },
    /// It replaces `parent` and the shard beside it.
    Merged { parent: ShardId, adjacent: ShardId },
}

impl Lineage {
    /// No, one or two shards.
    pub(crate) fn parents(self) -> Vec<ShardId> {
        match self {
            Lineage::Original => vec![],
            Lineage::Split { parent } => vec![parent],
            Lineage::Merged { parent, adjacent } => vec![parent, adjacent],
        }
    }
}

impl ShardFacts {
    pub(crate) fn is_open(&self) -> bool {
        self.closed_at.is_none()
    }

    fn was_closed_before(&self, moment: Millis) -> bool {
        self.closed_at.is_some_and(|closed_at| closed_at < moment)
    }
}

/// Which shards a caller of `ListShards` wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ShardFilter {
    All,
    After(ShardId),
    AtLatest,
    /// Those that were open at the moment.
    At(Millis),
    /// Those that were open at the moment or later.
    From(Millis),
}

impl ShardFilter {
    pub(crate) fn admits(self, shard: &ShardFacts) -> bool {
        match self {
            ShardFilter::All => true,
            ShardFilter::After(id) => id < shard.id,
            ShardFilter::AtLatest => shard.is_open(),
            ShardFilter::At(moment) => shard.opened_at <= moment && !shard.was_closed_before(moment),
            ShardFilter::From(moment) => !shard.was_closed_before(moment),
        }
    }
}

impl Facts {
    /// The shards that a caller may see, in the order of their ids. None while the stream is being created.
    pub(crate) fn visible_shards(&self, now: Millis) -> impl Iterator<Item = &ShardFacts> {
        let horizon = self.horizon(now);
        let exists = self.status(now) != Status::Creating;
        self.shards.values().filter(move |shard| exists && !shard.was_closed_before(horizon))
    }

    pub(crate) fn open_shards(&self) -> impl Iterator<Item = &ShardFacts> {
        self.shards.values().filter(|shard| shard.is_open())
    }

    /// The shard that a caller calls `id`.
    pub(crate) fn shard(&self, id: &str, now: Millis) -> Result<&ShardFacts, Error> {
        let found = id.parse().ok().and_then(|id| self.visible_shard(id, now));
        found.ok_or_else(|| Error::not_found(format!("Could not find shard {id} in stream {}", self.name)))
    }

    pub(super) fn visible_shard(&self, id: ShardId, now: Millis) -> Option<&ShardFacts> {
        let horizon = self.horizon(now);
        self.shards.get(&id).filter(|shard| self.status(now) != Status::Creating && !shard.was_closed_before(horizon))
    }

    pub(crate) fn children(&self, parent: ShardId) -> impl Iterator<Item = &ShardFacts> {
        self.shards
            .range(parent..)
            .map(|(_, shard)| shard)
            .filter(move |shard| shard.lineage.parents().contains(&parent))
    }

    /// Splits an open shard in two; the upper part begins with `at`.
    pub(crate) fn split(&mut self, id: &str, at: HashKey, conditions: &Conditions) -> Result<(), Error> {
        self.ensure_provisioned()?;
        self.ensure_active(conditions.now)?;
        let shard = self.open_shard_called(id, conditions.now)?.clone();
        let above = shard.range.start.0.checked_add(1).is_some_and(|second| second < at.0);
        if !above || shard.range.end <= at {
            return Err(Error::invalid(format!(
                "NewStartingHashKey {at} used in SplitShard() on shard {id} is not both greater than one plus the shard's \
                 StartingHashKey {} and less than the shard's EndingHashKey {}",
                shard.range.start, shard.range.end
            )));
        }
        self.begin_update(conditions)?;
        self.step(Step::Split(at), conditions.now);
        Ok(())
    }

    /// Merges two open shards whose ranges touch.
    pub(crate) fn merge(&mut self, id: &str, adjacent: &str, conditions: &Conditions) -> Result<(), Error> {
        self.ensure_provisioned()?;
        self.ensure_active(conditions.now)?;
        let first = self.open_shard_called(id, conditions.now)?.clone();
        let second = self.open_shard_called(adjacent, conditions.now)?.clone();
        let joined = first.range.joined(&second.range).or_else(|| second.range.joined(&first.range));
        let range =
            joined.ok_or_else(|| Error::invalid(format!("Shards {id} and {adjacent} are not adjacent shards")))?;
        self.begin_update(conditions)?;
        self.replace_pair(first.id, second.id, range, conditions.now);
        Ok(())
    }

    /// Brings the stream to `target` open shards of equal width. Returns how many there were.
    pub(crate) fn scale(&mut self, target: u32, conditions: &Conditions) -> Result<u32, Error> {
        self.ensure_provisioned()?;
        self.ensure_active(conditions.now)?;
        let starts: BTreeSet<HashKey> = self.open_shards().map(|shard| shard.range.start).collect();
        let current = starts.len() as u32;
        self.check_scaling(current, target)?;
        if !within_daily_quota(&mut self.reshards, conditions.limits.daily_reshards(), conditions.now) {
            return Err(Error::limit_exceeded(format!(
                "Stream {} was scaled {} times in the last 24 hours, which is the limit",
                self.name,
                self.reshards.len()
            )));
        }
        self.reshards.push(conditions.now);
        self.begin_update(conditions)?;
        scaling::plan(&starts, target).into_iter().for_each(|step| self.step(step, conditions.now));
        Ok(current)
    }

    /// Whether a closed shard is left whose records have all expired.
    pub(super) fn has_expired_shards(&self, now: Millis) -> bool {
        let horizon = self.horizon(now);
        self.shards.values().any(|shard| shard.was_closed_before(horizon))
    }

    /// Forgets closed shards whose records have all expired.
    pub(super) fn forget_expired_shards(&mut self, now: Millis) {
        let horizon = self.horizon(now);
        self.shards.retain(|_, shard| !shard.was_closed_before(horizon));
    }

    pub(super) fn open_shard(&mut self, range: HashRange, lineage: Lineage, now: Millis) {
        let id = ShardId(self.next_shard);
        self.next_shard += 1;
        self.shards.insert(id, ShardFacts { id, range, lineage, opened_at: now, closed_at: None });
    }

    fn ensure_provisioned(&self) -> Result<(), Error> {
        match self.mode {
            Mode::Provisioned => Ok(()),
            Mode::OnDemand => Err(Error::validation(format!(
                "Request is invalid. Stream {} is in On-Demand mode: Kinesis chooses its shards",
                self.name
            ))),
        }
    }

    fn check_scaling(&self, current: u32, target: u32) -> Result<(), Error> {
        let refusal = if target > current.saturating_mul(2) {
            "cannot scale up over double your current open shard count"
        } else if target.saturating_mul(2) < current {
            "cannot scale down below half your current open shard count"
        } else if target > MAX_SHARDS {
            "cannot scale up to more than 10000 shards"
        } else {
            return Ok(());
        };
        let counts = format!("Current open shard count: {current}, Target shard count: {target}");
        Err(Error::limit_exceeded(format!("UpdateShardCount {refusal}. {counts}")))
    }

    fn open_shard_called(&self, id: &str, now: Millis) -> Result<&ShardFacts, Error> {
        let shard = self.shard(id, now)?;
        if shard.is_open() {
            return Ok(shard);
        }
        Err(Error::invalid(format!(
            "Shard {id} in stream {} is closed: only an open shard can be split or merged",
            self.name
        )))
    }

    fn step(&mut self, step: Step, now: Millis) {
        match step {
            Step::Split(at) => {
                let parent =
                    self.open_shards().find(|shard| shard.range.contains(at)).map(|shard| (shard.id, shard.range));
                let (parent, range) = parent.expect("open shards cover every key");
                let (low, high) = range.split(at).expect("a split lies behind the first key of its shard");
                self.close(parent, now);
                self.open_shard(low, Lineage::Split { parent }, now);
                self.open_shard(high, Lineage::Split { parent }, now);
            }
            Step::Merge(at) => {
                let beside = |found: &&ShardFacts| found.range.end.0.checked_add(1) == Some(at.0);
                let low = self.open_shards().find(beside).expect("a merge lies behind an open shard");
                let high =
                    self.open_shards().find(|shard| shard.range.start == at).expect("a merge begins an open shard");
                let range = HashRange { start: low.range.start, end: high.range.end };
                self.replace_pair(low.id, high.id, range, now);
            }
        }
    }

    fn replace_pair(&mut self, parent: ShardId, adjacent: ShardId, range: HashRange, now: Millis) {
        self.close(parent, now);
        self.close(adjacent, now);
        self.open_shard(range, Lineage::Merged { parent, adjacent }, now);
    }

    fn close(&mut self, id: ShardId, now: Millis) {
        if let Some(shard) = self.shards.get_mut(&id) {
            shard.closed_at = Some(now);
        }
    }
}
