//! A running stream: its description, and the logs of its shards.
//!
//! Locks are only ever taken in the order list of streams, stream, one shard, and a shard's are released before the next
//! shard's, so they cannot deadlock. Writers share the stream's lock and meet only in a shard; a change
//! of the shards waits until no write is under way, so a closed shard never grows.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::sync::Arc;

use parking_lot::{MappedRwLockReadGuard, Mutex, RwLock, RwLockReadGuard};

use super::facts::Facts;
use super::home::{Home, HomeError};
use crate::kinesis::bucket::ShardLimits;
use crate::kinesis::clock::Millis;
use crate::kinesis::error::Error;
use crate::kinesis::hash::HashKey;
use crate::kinesis::limits::Limits;
use crate::kinesis::log::ShardLog;
use crate::kinesis::sequence::ShardId;

/// A stream that takes and gives records.
#[derive(Debug)]
pub(crate) struct Stream {
    home: Home,
    limits: Limits,
    pub(super) inner: RwLock<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) facts: Facts,
    shards: BTreeMap<ShardId, Arc<Shard>>,
    /// Invariant: the open shards of `facts`, sorted by where their range begins; the first begins at 0.
    routes: Vec<(HashKey, Arc<Shard>)>,
}

/// A shard's records, and what may still pass through it.
#[derive(Debug)]
pub(super) struct Shard {
    pub(super) id: ShardId,
    pub(super) log: ShardLog,
    limits: Option<Mutex<ShardLimits>>,
}

impl Stream {
    /// Makes a new stream real.
    pub(crate) fn create(home: Home, facts: Facts, limits: Limits) -> io::Result<Stream> {
        home.make()?;
        home.save(&facts)?;
        let mut inner = Inner { facts, shards: BTreeMap::new(), routes: Vec::new() };
        inner.follow_facts(&home, limits).map_err(io::Error::other)?;
        Ok(Stream { home, limits, inner: RwLock::new(inner) })
    }

    /// Finds a stream again. `None` when its deletion had begun to remove it.
    pub(crate) fn open(home: Home, limits: Limits) -> Result<Option<Stream>, HomeError> {
        let Some(facts) = home.load()? else { return Ok(None) };
        let mut inner = Inner { facts, shards: BTreeMap::new(), routes: Vec::new() };
        inner.follow_facts(&home, limits)?;
        Ok(Some(Stream { home, limits, inner: RwLock::new(inner) }))
    }

    /// The description, which cannot change while it is looked at.
    pub(crate) fn facts(&self) -> MappedRwLockReadGuard<'_, Facts> {
        RwLockReadGuard::map(self.inner.read(), |inner| &inner.facts)
    }

    /// Changes the description, on disk first. If `change` refuses, nothing has changed.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Facts) -> Result<T, Error>) -> Result<T, Error> {
        let mut inner = self.inner.write();
        let mut facts = inner.facts.clone();
        let outcome = change(&mut facts)?;
        self.home.save(&facts)?;
        inner.facts = facts;
        inner.follow_facts(&self.home, self.limits).map_err(io::Error::other)?;
        Ok(outcome)
    }

    /// Gives up expired records, and closed shards without any left.
    pub(crate) fn sweep(&self, now: Millis) -> Result<(), Error> {
        if self.facts().has_expired_shards(now) {
            self.change(|facts| {
                facts.forget_expired_shards(now);
                Ok(())
            })?;
        }
        let (shards, horizon) = {
            let inner = self.inner.read();
            (inner.shards.values().cloned().collect::<Vec<_>>(), inner.facts.horizon(now))
        };
        shards.iter().try_for_each(|shard| shard.log.trim(horizon)).map_err(Error::from)
    }

    /// Deletes the stream's files.
    pub(crate) fn remove(&self) -> io::Result<()> {
        self.home.remove()
    }
}

impl Inner {
    pub(super) fn route(&self, key: HashKey) -> &Shard {
        let behind = self.routes.partition_point(|(start, _)| *start <= key);
        &self.routes[behind - 1].1
    }

    pub(super) fn live(&self, shard: ShardId) -> Arc<Shard> {
        Arc::clone(self.shards.get(&shard).expect("every shard of the facts is live"))
    }

    /// Makes the live shards those of the facts.
    fn follow_facts(&mut self, home: &Home, limits: Limits) -> Result<(), HomeError> {
        let gone = self.shards.extract_if(.., |id, _| !self.facts.shards.contains_key(id));
        for (id, _) in gone {
            home.remove_shard(id)
                .unwrap_or_else(|cause| tracing::warn!(%cause, shard = %id, "an expired shard's files stayed"));
        }
        for facts in self.facts.shards.values() {
            if let Entry::Vacant(place) = self.shards.entry(facts.id) {
                let limits = (limits == Limits::PerShard).then(|| Mutex::new(ShardLimits::new(facts.opened_at)));
                place.insert(Arc::new(Shard { id: facts.id, log: home.log(facts.id)?, limits }));
            }
        }
        self.routes = self.facts.open_shards().map(|facts| (facts.range.start, self.live(facts.id))).collect();
        self.routes.sort_by_key(|(start, _)| *start);
        Ok(())
    }
}

impl Shard {
    pub(super) fn admits_record(&self, bytes: usize, now: Millis) -> bool {
        self.limits.as_ref().is_none_or(|limits| limits.lock().admit_record(bytes, now))
    }

    pub(super) fn admits_read(&self, now: Millis) -> bool {
        self.limits.as_ref().is_none_or(|limits| limits.lock().admit_read(now))
    }

    pub(super) fn charge_read(&self, bytes: usize) {
        if let Some(limits) = &self.limits {
            limits.lock().charge_read(bytes);
        }
    }
}
