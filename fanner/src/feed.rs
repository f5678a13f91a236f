//! A shard's records, read and opened ahead of whoever delivers them, within the memory that all events may use.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinHandle;

use crate::event::Event;
use crate::source::{Batch, Reader, Record, ShardId};
use crate::telemetry::ShardMetrics;
use crate::{Position, SequenceNumber};

/// A reader that works in a task of its own, one batch at a time.
pub(crate) struct Feed {
    wishes: mpsc::Sender<Position>,
    parcels: mpsc::Receiver<Parcel>,
    /// Where the batch that is being read begins.
    asked: Option<Position>,
    task: JoinHandle<()>,
}

/// What one read brought, in the order of the shard.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub finds: Vec<Find>,
    /// Where it begins and where it ends.
    pub from: Position,
    pub to: Position,
}

/// What a record turned out to be.
#[derive(Clone, Debug)]
pub(crate) enum Find {
    Event(Arc<Event>),
    Undecodable(Arc<Undecodable>),
}

/// A record that is not an event.
#[derive(Debug)]
pub(crate) struct Undecodable {
    pub record: Record,
    pub reason: String,
    _memory: Option<Permit>,
}

/// A part of the memory that events may use; given back with its last holder.
type Permit = Arc<OwnedSemaphorePermit>;

/// The memory that events may use, shared by all shards.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    kibibytes: u32,
    free: Arc<Semaphore>,
}

/// What a feed does with what it reads.
pub(crate) struct Opener {
    pub shard: ShardId,
    pub memory: Memory,
    pub metrics: ShardMetrics,
}

impl Feed {
    /// Reads with `reader`, as soon as it is asked to.
    pub(crate) fn new(reader: Reader, opener: Opener) -> Self {
        let (wishes, wished) = mpsc::channel(1);
        let (ready, parcels) = mpsc::channel(1);
        let task = tokio::spawn(work(reader, opener, wished, ready));
        Self { wishes, parcels, asked: None, task }
    }

    /// Begins to read what comes at `position`, unless a read is under way.
    pub(crate) fn ask(&mut self, position: Position) {
        if self.asked.is_none() && self.wishes.try_send(position.clone()).is_ok() {
            self.asked = Some(position);
        }
    }

    pub(crate) fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// What was asked for. Never returns if nothing was.
    pub(crate) async fn next(&mut self) -> Parcel {
        if self.asked.is_none() {
            std::future::pending::<()>().await;
        }
        let parcel = self.parcels.recv().await.expect("the task ends only when its feed is dropped");
        self.asked = None;
        parcel
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Memory {
    /// Room for `bytes` of events.
    pub(crate) fn new(bytes: usize) -> Self {
        let kibibytes = u32::try_from(bytes >> 10).unwrap_or(u32::MAX >> 3).clamp(1, u32::MAX >> 3);
        Self { kibibytes, free: Arc::new(Semaphore::new(kibibytes as usize)) }
    }

    /// Waits until there is room for `bytes`. More than there is altogether counts as all there is.
    async fn take(&self, bytes: usize) -> Option<Permit> {
        let wanted = u32::try_from(bytes >> 10).unwrap_or(u32::MAX).clamp(1, self.kibibytes);
        self.free.clone().acquire_many_owned(wanted).await.ok().map(Arc::new)
    }
}

async fn work(mut reader: Reader, opener: Opener, mut wished: mpsc::Receiver<Position>, ready: mpsc::Sender<Parcel>) {
    while let Some(from) = wished.recv().await {
        reader.seek(from.clone());
        let batch = reader.next().await;
        if ready.send(opener.open(from, batch).await).await.is_err() {
            return;
        }
    }
}

impl Opener {
    async fn open(&self, from: Position, batch: Batch) -> Parcel {
        let Batch { records, position: to, behind, gap } = batch;
        let bytes: usize = records.iter().map(|record| record.data.len()).sum();
        self.metrics.events_read.increment(records.len() as u64);
        self.metrics.bytes_read.increment(bytes as u64);
        self.metrics.behind_seconds.set(behind.as_secs_f64());
        self.metrics.gaps.increment(gap.is_some().into());
        Parcel { finds: self.finds(records, bytes).await, from, to }
    }

    async fn finds(&self, records: Vec<Record>, bytes: usize) -> Vec<Find> {
        if records.is_empty() {
            return Vec::new();
        }
        let memory = self.memory.take(bytes).await;
        records.into_iter().map(|record| self.find(record, memory.clone())).collect()
    }

    fn find(&self, record: Record, memory: Option<Permit>) -> Find {
        match Event::open(&self.shard, &record, memory.clone()) {
            Ok(event) => Find::Event(Arc::new(event)),
            Err(error) => {
                let reason = format!("{:#}", anyhow::Error::from(error));
                Find::Undecodable(Arc::new(Undecodable { record, reason, _memory: memory }))
            }
        }
    }
}

impl Find {
    /// The place of the record in its shard.
    pub(crate) fn record(&self) -> &SequenceNumber {
        match self {
            Self::Event(event) => &event.record,
            Self::Undecodable(found) => &found.record.sequence_number,
        }
    }

    /// When the record arrived.
    pub(crate) fn arrived_at(&self) -> Timestamp {
        match self {
            Self::Event(event) => event.arrived_at,
            Self::Undecodable(found) => found.record.arrived_at,
        }
    }

    /// What was found, if it is not an event.
    pub(crate) fn undecodable(&self) -> Option<&Undecodable> {
        match self {
            Self::Event(_) => None,
            Self::Undecodable(found) => Some(found),
        }
    }
}
