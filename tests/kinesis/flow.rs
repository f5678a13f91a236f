//! Records on their way: writers that remember what was acknowledged, and readers that poll as hard as they can.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::operation::get_records::GetRecordsOutput;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{PutRecordsRequestEntry, ShardIteratorType};

/// Where a record is, and what it says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Placed {
    pub(crate) shard: String,
    pub(crate) sequence_number: String,
    pub(crate) key: String,
    pub(crate) text: String,
}

/// Few records a read, so that a shard is rarely drained at the moment it is closed.
const LIMIT: i32 = 100;

/// A new stream of `shards`, ready for use.
pub(crate) async fn create(client: &Client, stream: &str, shards: i32) {
    client.create_stream().stream_name(stream).shard_count(shards).send().await.expect("the stream is created");
}

/// Writes `count` records in batches, each with the key of its number modulo 16, one batch after the other.
/// Returns those that were acknowledged, in order.
pub(crate) async fn write(
    client: &Client,
    stream: &str,
    writer: usize,
    count: usize,
    written: &AtomicUsize,
) -> Vec<Placed> {
    const BATCH: usize = 250;
    let records: Vec<(String, String)> = (0..count)
        .map(|nth| (format!("writer {writer}, key {}", nth % 16), format!("writer {writer}, record {nth:07}")))
        .collect();
    let mut acknowledged = Vec::with_capacity(count);
    for batch in records.chunks(BATCH) {
        let places = put(client, stream, batch).await.expect("records are taken");
        written.fetch_add(batch.len(), Ordering::Relaxed);
        acknowledged.extend(places);
    }
    acknowledged
}

/// Puts `(key, text)` records in one request. `None` if it fails; no single record may.
pub(crate) async fn put(client: &Client, stream: &str, records: &[(String, String)]) -> Option<Vec<Placed>> {
    let entry = |(key, text): &(String, String)| {
        let entry = PutRecordsRequestEntry::builder().partition_key(key).data(Blob::new(text.as_bytes()));
        entry.build().expect("key and data are set")
    };
    let entries = records.iter().map(entry).collect();
    let answer = client.put_records().stream_name(stream).set_records(Some(entries)).send().await;
    let placed = answer.ok()?.records.into_iter().zip(records).map(|(place, (key, text))| Placed {
        shard: place.shard_id.expect("no record fails"),
        sequence_number: place.sequence_number.expect("no record fails"),
        key: key.clone(),
        text: text.clone(),
    });
    Some(placed.collect())
}

/// Everything in a stream, read by `readers` tasks until `finished` is set and nothing is left. Shards are read from
/// parent to child, each by whichever reader is free.
pub(crate) struct Readers {
    client: Client,
    stream: String,
    work: Mutex<Work>,
    finished: AtomicBool,
}

#[derive(Default)]
struct Work {
    /// Shards that wait for a reader, and the iterator to go on with.
    waiting: VecDeque<(String, String)>,
    /// Shards that are read at this moment.
    busy: usize,
    ended: BTreeSet<String>,
    begun: BTreeSet<String>,
    /// What was read, shard by shard, in the order of reading.
    read: BTreeMap<String, Vec<Placed>>,
}

impl Readers {
    /// Readers of all shards that there are, from their beginning.
    pub(crate) async fn of(client: &Client, stream: &str) -> Readers {
        let readers = Readers {
            client: client.clone(),
            stream: stream.into(),
            work: Mutex::default(),
            finished: AtomicBool::new(false),
        };
        let shards = client
            .list_shards()
            .stream_name(stream)
            .send()
            .await
            .expect("shards are listed")
            .shards
            .unwrap_or_default();
        for shard in shards.iter().filter(|shard| shard.parent_shard_id.is_none()) {
            readers.begin(&shard.shard_id).await;
        }
        readers
    }

    /// Tells the readers that nothing more will be written.
    pub(crate) fn finish(&self) {
        self.finished.store(true, Ordering::SeqCst);
    }

    /// One reader: takes a shard, reads once, gives it back.
    pub(crate) async fn run(&self) {
        loop {
            let finished = self.finished.load(Ordering::SeqCst);
            let taken = {
                let mut work = self.work();
                let taken = work.waiting.pop_front();
                work.busy += usize::from(taken.is_some());
                taken.ok_or(work.busy == 0)
            };
            match taken {
                Ok((shard, iterator)) => self.read_once(shard, iterator, finished).await,
                Err(nothing_is_left) if nothing_is_left => return,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    }

    /// What was read, shard by shard.
    pub(crate) fn into_read(self) -> BTreeMap<String, Vec<Placed>> {
        self.work.into_inner().expect("no reader panicked").read
    }

    async fn read_once(&self, shard: String, iterator: String, finished: bool) {
        let answer =
            self.client.get_records().shard_iterator(iterator).limit(LIMIT).send().await.expect("records are read");
        let found_nothing = answer.records.is_empty() && answer.millis_behind_latest == Some(0);
        let next = answer.next_shard_iterator.clone();
        let children = self.note(&shard, answer);
        for child in children {
            self.begin(&child).await;
        }
        let mut work = self.work();
        work.busy -= 1;
        if let Some(next) = next.filter(|_| !(finished && found_nothing)) {
            work.waiting.push_back((shard, next));
        }
    }

    /// Keeps what was read. Returns the children that can be begun: all their parents have ended.
    fn note(&self, shard: &str, answer: GetRecordsOutput) -> Vec<String> {
        let work = &mut *self.work();
        let placed = answer.records.into_iter().map(|record| Placed {
            shard: shard.into(),
            sequence_number: record.sequence_number,
            key: record.partition_key.expect("a record has a key"),
            text: String::from_utf8(record.data.into_inner()).expect("records are text"),
        });
        work.read.entry(shard.into()).or_default().extend(placed);
        if answer.next_shard_iterator.is_some() {
            return Vec::new();
        }
        work.ended.insert(shard.into());
        let children = answer.child_shards.expect("a closed shard has children");
        let ready =
            children.into_iter().filter(|child| child.parent_shards.iter().all(|parent| work.ended.contains(parent)));
        ready.map(|child| child.shard_id).filter(|child| work.begun.insert(child.clone())).collect()
    }

    fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().expect("no reader panicked")
    }

    async fn begin(&self, shard: &str) {
        let iterator = self.client.get_shard_iterator().stream_name(&self.stream).shard_id(shard);
        let iterator =
            iterator.shard_iterator_type(ShardIteratorType::TrimHorizon).send().await.expect("the shard is there");
        let iterator = iterator.shard_iterator.expect("there is an iterator");
        self.work().waiting.push_back((shard.into(), iterator));
    }
}

/// Everything that is in a stream now.
pub(crate) async fn everything(client: &Client, stream: &str) -> BTreeMap<String, Vec<Placed>> {
    let readers = Readers::of(client, stream).await;
    readers.finish();
    readers.run().await;
    readers.into_read()
}
