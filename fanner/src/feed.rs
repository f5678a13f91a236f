//! A shard's records, read and opened ahead of whoever delivers them, within the memory that all events may use.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tracing::warn;

use crate::Position;
use crate::aside::Aside;
use crate::event::Event;
use crate::source::{Batch, Reader, Record, ShardId};
use crate::telemetry::ShardMetrics;

/// A reader that works in a task of its own, one batch at a time.
pub(crate) struct Feed {
    wishes: mpsc::Sender<Position>,
    parcels: mpsc::Receiver<Parcel>,
    /// Where the batch that is being read begins.
    asked: Option<Position>,
    task: JoinHandle<()>,
}

/// Events of one read, in the order of the shard. What was not an event is already kept aside.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub events: Vec<Arc<Event>>,
    /// Where it begins and where it ends.
    pub from: Position,
    pub to: Position,
}

/// The memory that events may use, shared by all shards.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    kibibytes: u32,
    free: Arc<Semaphore>,
}

/// What a feed does with what it reads.
pub(crate) struct Opener {
    pub shard: ShardId,
    pub aside: Aside,
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
    async fn take(&self, bytes: usize) -> Option<Arc<tokio::sync::OwnedSemaphorePermit>> {
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
        let events = self.events(&records, bytes).await;
        Parcel { events, from, to }
    }

    async fn events(&self, records: &[Record], bytes: usize) -> Vec<Arc<Event>> {
        if records.is_empty() {
            return Vec::new();
        }
        let memory = self.memory.take(bytes).await;
        let (mut events, mut kept) = (Vec::with_capacity(records.len()), Vec::new());
        for record in records {
            match Event::open(&self.shard, record, memory.clone()) {
                Ok(event) => events.push(Arc::new(event)),
                Err(error) => {
                    let reason = format!("{:#}", anyhow::Error::from(error));
                    kept.push(self.aside.undecodable(&self.shard, record, reason));
                }
            }
        }
        self.metrics.undecodable.increment(kept.len() as u64);
        if let Some(first) = kept.first() {
            warn!(
                shard = %self.shard, records = kept.len(), first = %first.sequence_number, reason = first.reason,
                "records are not events and were kept aside"
            );
        }
        self.aside.keep(kept).await;
        events
    }
}
