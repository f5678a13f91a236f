//! Eight writers and eight hard-polling readers, while shards split and merge.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::types::ScalingType;
use fanner_tests::Local;
use tokio::task::JoinSet;

use crate::flow::{self, Placed, Readers};

const STREAM: &str = "torture";
const WRITERS: usize = 8;
const READERS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_doubled_or_reordered_while_shards_split_and_merge() {
    let folder = tempfile::tempdir().unwrap();
    let local = Local::start(folder.path(), "kinesis");
    let client = local.kinesis();
    flow::create(&client, STREAM, 4).await;

    let started = Instant::now();
    let total = records() / WRITERS * WRITERS;
    let written = Arc::new(AtomicUsize::new(0));
    let readers = Arc::new(Readers::of(&client, STREAM).await);
    let mut reading = JoinSet::new();
    (0..READERS).for_each(|_| _ = reading.spawn(run(Arc::clone(&readers))));
    let mut writing = JoinSet::new();
    for writer in 0..WRITERS {
        let (client, written) = (client.clone(), Arc::clone(&written));
        writing.spawn(async move { flow::write(&client, STREAM, writer, total / WRITERS, &written).await });
    }
    let reshards = reshard_while_written(&client, &written, total).await;
    let acknowledged: Vec<Placed> = writing.join_all().await.into_iter().flatten().collect();
    readers.finish();
    reading.join_all().await;
    let seconds = started.elapsed().as_secs_f64();

    let read = Arc::into_inner(readers).expect("all readers have returned").into_read();
    assert_eq!(acknowledged.len(), total);
    assert_each_shard_is_in_order(&read);
    assert_each_key_is_in_order(&read);
    assert_same(acknowledged, read);
    println!("{total} records, {reshards} reshards, {seconds:.1} s: none lost, none doubled, all in order");
}

async fn run(readers: Arc<Readers>) {
    readers.run().await;
}

/// Changes the shards again and again until all is written. Returns how often.
async fn reshard_while_written(client: &Client, written: &AtomicUsize, total: usize) -> usize {
    let counts = [8, 5, 3, 6, 4, 2, 4];
    let steps = 20;
    for step in 1..steps {
        while written.load(Ordering::Relaxed) < total * step / steps {
            tokio::task::yield_now().await;
        }
        let scaled = client.update_shard_count().stream_name(STREAM).scaling_type(ScalingType::UniformScaling);
        scaled.target_shard_count(counts[step % counts.len()]).send().await.expect("the stream is scaled");
    }
    steps - 1
}

/// Sequence numbers are all as long as each other, so they compare as text.
fn assert_each_shard_is_in_order(read: &BTreeMap<String, Vec<Placed>>) {
    for (shard, records) in read {
        let rising = records.windows(2).all(|pair| pair[0].sequence_number < pair[1].sequence_number);
        assert!(rising, "{shard} was read out of order");
    }
}

/// Children have higher ids than their parents, so a key's records lie in the order of the shards.
fn assert_each_key_is_in_order(read: &BTreeMap<String, Vec<Placed>>) {
    let mut last: BTreeMap<&str, &str> = BTreeMap::new();
    for record in read.values().flatten() {
        let before = last.insert(&record.key, &record.text);
        assert!(before.is_none_or(|before| before < record.text.as_str()), "{record:?} came after {before:?}");
    }
}

/// What was read is what was acknowledged, each record once and where it was said to be.
fn assert_same(mut acknowledged: Vec<Placed>, read: BTreeMap<String, Vec<Placed>>) {
    let mut read: Vec<Placed> = read.into_values().flatten().collect();
    acknowledged.sort();
    read.sort();
    let difference = acknowledged.iter().zip(&read).find(|(sent, got)| sent != got);
    assert_eq!(difference, None, "the first difference");
    assert_eq!(acknowledged.len(), read.len());
}

/// How many records; a demonstration takes a million.
#[expect(clippy::disallowed_methods, reason = "a test is configured by nothing but its environment")]
fn records() -> usize {
    let wanted = std::env::var("FANNER_TORTURE_RECORDS").ok();
    wanted.map_or(60_000, |count| count.parse().expect("FANNER_TORTURE_RECORDS is a number"))
}
