//! A shard's records that are not events, on their way to the folder where they are kept aside. One write at a time, so that
//! many records share it.

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::Pipeline;
use crate::SequenceNumber;
use crate::aside::{Aside, Kept, NoRoom};
use crate::checkpoint::Destination;
use crate::clock::Clock;
use crate::feed::Undecodable;
use crate::source::ShardId;

/// What waits to be kept aside, and what is being written.
pub(super) struct Tray {
    shard: ShardId,
    aside: Aside,
    clock: Clock,
    waiting: Vec<Arc<Undecodable>>,
    write: Option<Write>,
}

struct Write {
    records: Vec<SequenceNumber>,
    task: JoinHandle<Result<(), NoRoom>>,
}

/// What became of a write.
pub(super) struct Written {
    kept: Vec<SequenceNumber>,
    /// Not everything could be kept.
    is_cut: bool,
}

impl Tray {
    pub(super) fn new(shard: ShardId, aside: Aside, clock: Clock) -> Self {
        Self { shard, aside, clock, waiting: Vec::new(), write: None }
    }

    /// Whether more should be read: what was put here before is at least being written.
    pub(super) fn is_clear(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether the folder takes records, and nothing is on its way there.
    pub(super) fn is_ready(&self) -> bool {
        self.is_clear() && self.write.is_none() && self.aside.takes_records()
    }

    /// Begins to write what waits, unless a write is under way.
    pub(super) fn begin(&mut self) {
        if self.write.is_some() || self.waiting.is_empty() {
            return;
        }
        let (waiting, now) = (std::mem::take(&mut self.waiting), self.clock.now());
        let records = waiting.iter().map(|found| found.record.sequence_number.clone()).collect();
        let (aside, shard) = (self.aside.clone(), self.shard.clone());
        let task = tokio::spawn(async move {
            let kept = waiting.iter().map(|found| Kept::undecodable(&shard, &found.record, &found.reason, now));
            aside.keep(kept.collect()).await
        });
        self.write = Some(Write { records, task });
    }

    /// What became of the write under way. Never returns if none is; may be given up and called again.
    pub(super) async fn written(&mut self) -> Written {
        let Some(Write { records, task }) = &mut self.write else {
            return std::future::pending().await;
        };
        let kept = match task.await {
            Ok(Ok(())) => records.len(),
            Ok(Err(cut)) => cut.kept,
            Err(_) => 0,
        };
        let written = Written { kept: records.drain(..kept).collect(), is_cut: !records.is_empty() };
        self.write = None;
        written
    }
}

impl Pipeline {
    /// Sets aside what the hot reader has found. While the folder takes nothing, that is left to the catch-up reader.
    pub(super) fn set_aside(&mut self, found: &Arc<Undecodable>) {
        let (record, arrived_at) = (&found.record.sequence_number, found.record.arrived_at);
        self.metrics.undecodable.increment(1);
        if !self.tracker.is_hot_for(Destination::Aside, record) {
            return;
        }
        if !self.tray.aside.takes_records() {
            return self.tracker.fell_behind(Destination::Aside);
        }
        self.tracker.hand(Destination::Aside, record, arrived_at);
        self.tray.waiting.push(found.clone());
    }

    /// Sets aside what the catch-up reader has found, if it still has to be.
    pub(super) fn set_aside_again(&mut self, found: &Arc<Undecodable>) {
        let (record, arrived_at) = (&found.record.sequence_number, found.record.arrived_at);
        if self.tracker.misses(Destination::Aside, record) {
            self.tracker.hand_again(Destination::Aside, record, arrived_at);
            self.tray.waiting.push(found.clone());
        }
    }

    /// What could not be kept waits in the Global Event Stream, like everything that comes after it.
    pub(super) fn note_written(&mut self, written: Written) {
        for record in &written.kept {
            self.tracker.done(Destination::Aside, record);
        }
        if written.is_cut {
            self.tray.waiting.clear();
            self.tracker.broke(Destination::Aside);
        }
    }
}
