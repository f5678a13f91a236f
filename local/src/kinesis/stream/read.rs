//! Reading records: where a reader begins, what it gets, and how it learns that a shard has ended.

use super::live::Stream;
use super::shard::{ShardFacts, ShardFilter};
use crate::kinesis::clock::Millis;
use crate::kinesis::error::Error;
use crate::kinesis::iterator::ShardIterator;
use crate::kinesis::log::{Excerpt, FIRST_OFFSET};
use crate::kinesis::sequence::{SequenceNumber, ShardId};

/// The most that one read finds, in bytes.
const MOST_BYTES: u64 = 10 << 20;

/// Where a reader wants to begin.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Start {
    TrimHorizon,
    Latest,
    At(String),
    After(String),
    Moment(Millis),
}

/// What a read found.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) excerpt: Excerpt,
    /// The children of a closed shard, when this read reached its end.
    pub(crate) children: Option<Vec<ShardFacts>>,
}

/// A shard as it is described to a caller.
#[derive(Clone, Debug)]
pub(crate) struct ShardView {
    pub(crate) facts: ShardFacts,
    /// A number below that of the first record.
    pub(crate) starting: SequenceNumber,
    /// A number above that of the last record, once the shard is closed.
    pub(crate) ending: Option<SequenceNumber>,
}

impl Stream {
    /// The place in the shard called `shard` where a reader begins.
    pub(crate) fn iterator(&self, shard: &str, start: &Start, now: Millis) -> Result<ShardIterator, Error> {
        let inner = self.inner.read();
        inner.facts.ensure_usable(now)?;
        let id = inner.facts.shard(shard, now)?.id;
        let log = &inner.live(id).log;
        let offset = match start {
            Start::TrimHorizon => FIRST_OFFSET,
            Start::Latest => log.end(),
            Start::At(number) => inner.facts.offset_of(number, id)?.clamp(FIRST_OFFSET, log.end()),
            Start::After(number) => (inner.facts.offset_of(number, id)? + 1).min(log.end()),
            Start::Moment(moment) if now < *moment => {
                return Err(Error::invalid(format!(
                    "Timestamp {} is later than now, {}",
                    moment.as_seconds(),
                    now.as_seconds()
                )));
            }
            Start::Moment(moment) => log.offset_at(*moment),
        };
        let (stream, epoch) = (inner.facts.name.to_string(), inner.facts.epoch);
        Ok(ShardIterator { stream, epoch, shard: id, offset, issued_at: now })
    }

    /// Reads at most `most` records from where the iterator stands.
    pub(crate) fn read(&self, iterator: &ShardIterator, most: usize, now: Millis) -> Result<Reading, Error> {
        let (shard, horizon, closed) = {
            let inner = self.inner.read();
            inner.facts.ensure_usable(now)?;
            let facts = inner.facts.visible_shard(iterator.shard, now).filter(|_| inner.facts.epoch == iterator.epoch);
            let facts =
                facts.ok_or_else(|| Error::not_found("the shard of this ShardIterator does not exist any more"))?;
            (inner.live(facts.id), inner.facts.horizon(now), !facts.is_open())
        };
        if !shard.admits_read(now) {
            return Err(Error::throughput_exceeded(format!(
                "Rate exceeded for shard {} in stream {}",
                shard.id, iterator.stream
            )));
        }
        let excerpt = shard.log.read(iterator.offset, horizon, most, MOST_BYTES)?;
        shard.charge_read(excerpt.bytes.len());
        // A shard that was closed before the read began does not grow any more.
        let ended = closed && excerpt.next_arrival.is_none() && excerpt.next == shard.log.end();
        let children = ended.then(|| self.children(shard.id));
        Ok(Reading { excerpt, children })
    }

    fn children(&self, parent: ShardId) -> Vec<ShardFacts> {
        self.facts().children(parent).cloned().collect()
    }

    /// Up to `most` of the shards that the filter admits, behind `after`, and whether there are more.
    pub(crate) fn shards(
        &self,
        filter: ShardFilter,
        after: Option<ShardId>,
        most: usize,
        now: Millis,
    ) -> (Vec<ShardView>, bool) {
        let inner = self.inner.read();
        let epoch = inner.facts.epoch;
        let admitted = inner.facts.visible_shards(now).filter(|shard| filter.admits(shard) && after < Some(shard.id));
        let mut views: Vec<_> = admitted
            .take(most + 1)
            .map(|facts| {
                let number = |offset| SequenceNumber { epoch, shard: facts.id, offset };
                let ending = (!facts.is_open()).then(|| number(inner.live(facts.id).log.end()));
                ShardView { facts: facts.clone(), starting: number(FIRST_OFFSET - 1), ending }
            })
            .collect();
        let more = views.len() > most;
        views.truncate(most);
        (views, more)
    }
}
