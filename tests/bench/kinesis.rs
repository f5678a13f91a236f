//! What the local Kinesis carries, and what that costs the server and, beside it, the client.

#![expect(clippy::print_stdout, reason = "figures are what a benchmark is for")]

use std::fs;
use std::time::Instant;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{PutRecordsRequestEntry, ShardIteratorType};
use fanner_tests::Local;
use tokio::task::JoinSet;

const SHARDS: usize = 4;
const RECORDS: usize = 400_000;
const BATCH: usize = 500;
const BYTES: usize = 1024;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    runtime.block_on(measure());
}

async fn measure() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let local = Local::start(folder.path(), "kinesis");
    let client = local.kinesis();
    println!("{RECORDS} records of {BYTES} bytes, one client");
    for in_flight in [1, 4] {
        let stream = format!("bench-{in_flight}");
        let created = client.create_stream().stream_name(&stream).shard_count(SHARDS as i32).send().await;
        created.expect("the stream is created");
        let meter = Meter::start(local.process.id());
        put(&client, &stream, in_flight).await;
        meter.report(&format!("put, {in_flight} requests in flight"));
        let meter = Meter::start(local.process.id());
        read(&client, &stream, in_flight).await;
        meter.report(&format!("read, {in_flight} shards at a time"));
    }
}

/// Puts all records, `in_flight` requests at a time.
async fn put(client: &Client, stream: &str, in_flight: usize) {
    let mut writers = JoinSet::new();
    for writer in 0..in_flight {
        let (client, stream) = (client.clone(), stream.to_owned());
        writers.spawn(async move {
            for batch in 0..RECORDS / BATCH / in_flight {
                let entries = (0..BATCH).map(|nth| entry(writer, batch * BATCH + nth)).collect();
                let answer = client.put_records().stream_name(&stream).set_records(Some(entries)).send().await;
                assert_eq!(answer.expect("records are taken").failed_record_count, Some(0));
            }
        });
    }
    writers.join_all().await;
}

fn entry(writer: usize, nth: usize) -> PutRecordsRequestEntry {
    let entry = PutRecordsRequestEntry::builder().partition_key(format!("{writer}/{nth}"));
    entry.data(Blob::new(vec![nth as u8; BYTES])).build().expect("key and data are set")
}

/// Reads all shards to their end, `at_a_time` of them.
async fn read(client: &Client, stream: &str, at_a_time: usize) {
    let mut readers = JoinSet::new();
    for reader in 0..at_a_time {
        let (client, stream) = (client.clone(), stream.to_owned());
        readers.spawn(async move {
            let mut read = 0;
            for shard in (reader..SHARDS).step_by(at_a_time) {
                read += read_shard(&client, &stream, &format!("shardId-{shard:012}")).await;
            }
            read
        });
    }
    let read: usize = readers.join_all().await.into_iter().sum();
    assert_eq!(read, RECORDS);
}

async fn read_shard(client: &Client, stream: &str, shard: &str) -> usize {
    let iterator = client.get_shard_iterator().stream_name(stream).shard_id(shard);
    let iterator = iterator.shard_iterator_type(ShardIteratorType::TrimHorizon).send().await;
    let mut iterator = iterator.expect("the shard is there").shard_iterator;
    let mut read = 0;
    loop {
        let answer = client.get_records().set_shard_iterator(iterator).send().await.expect("records are read");
        read += answer.records.len();
        if answer.millis_behind_latest == Some(0) {
            return read;
        }
        iterator = answer.next_shard_iterator;
    }
}

/// Wall time, and the CPU time of the server and of this process, from a start on.
struct Meter {
    server: u32,
    started: Instant,
    cpu: [f64; 2],
}

impl Meter {
    fn start(server: u32) -> Meter {
        Meter { server, started: Instant::now(), cpu: cpu_seconds(server) }
    }

    fn report(self, what: &str) {
        let (seconds, now) = (self.started.elapsed().as_secs_f64(), cpu_seconds(self.server));
        let micros = |nth: usize| (now[nth] - self.cpu[nth]) * 1e6 / RECORDS as f64;
        println!(
            "  {what:<28} {:>8.0} records/s   CPU per record: server {:.2} µs, client {:.2} µs",
            RECORDS as f64 / seconds,
            micros(0),
            micros(1)
        );
    }
}

/// The CPU time that the server and this process have used so far.
fn cpu_seconds(server: u32) -> [f64; 2] {
    [server.to_string(), "self".into()].map(|process| {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("the process runs");
        let fields = stat.rsplit(") ").next().expect("the name is in parentheses").split(' ');
        // Fields 14 and 15 of the line, user and system time in hundredths of a second.
        let ticks: f64 = fields.skip(11).take(2).map(|ticks| ticks.parse::<f64>().expect("ticks are a number")).sum();
        ticks / 100.0
    })
}
