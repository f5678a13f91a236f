//! A test's own world: a Kinesis with faults, rules, a clock that the test moves, and fanners to start and stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{PutRecordsRequestEntry, Record, ShardIteratorType};
use bytes::Bytes;
use fanner::{Clock, Config, Running, Tuning};
use fanner_event::NewEvent;
use fanner_event::v1::{Classification, PayloadEncoding};
use fanner_local::kinesis::{self, Fault, FaultKind, FaultPlan, Kinesis, Options};
use fanner_tests::{eventually, everything};
use jiff::Timestamp;
use parking_lot::Mutex;
use prost::Message;
use tempfile::TempDir;
use uuid::Uuid;

use crate::oracle::{Oracle, Verdict};
use crate::rules::Rules;

pub(crate) const GES: &str = "global-events";
const REGION: &str = "us-east-1";

/// Everything that a fanner needs around it.
pub(crate) struct Bench {
    pub kinesis: Kinesis,
    pub client: Client,
    pub rules: Rules,
    pub oracle: Oracle,
    pub folder: TempDir,
    clock: TestClock,
}

impl Bench {
    /// A world with an empty Global Event Stream of so many shards.
    pub(crate) async fn new(ges_shards: i32) -> Self {
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let clock = TestClock::new();
        let options = Options { clock: kinesis::Clock::Manual(clock.of_kinesis.clone()), ..Options::default() };
        let kinesis = Kinesis::start(options, anywhere).await.unwrap();
        let client = fanner_tests::kinesis(&format!("http://{}", kinesis.address()), REGION);
        let now = {
            let clock = clock.clone();
            move || clock.now()
        };
        let (rules, oracle, folder) = (Rules::serve(now).await, Oracle::default(), tempfile::tempdir().unwrap());
        let bench = Self { kinesis, client, rules, oracle, folder, clock };
        bench.create(GES, ges_shards).await;
        bench
    }

    /// Creates a Kinesis stream.
    pub(crate) async fn create(&self, stream: &str, shards: i32) {
        self.client.create_stream().stream_name(stream).shard_count(shards).send().await.unwrap();
    }

    /// Creates a stream, and gives it events.
    pub(crate) async fn consumer(&self, stream: &str, events: &[&str]) {
        self.create(stream, 1).await;
        self.rules.give(stream, events);
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.kinesis.address())
    }

    /// How a fanner of this world is configured: quick, since nothing here has Kinesis's limits.
    pub(crate) fn config(&self) -> Config {
        let usual = Config::new(GES.parse().unwrap(), self.rules.endpoint(), self.folder.path().join("state"));
        let lane = fanner::Bounds { patience: Duration::from_millis(500), ..usual.tuning.lane };
        let tuning = Tuning {
            reads_per_second: 0,
            discover_every: Duration::from_millis(200),
            request_timeout: Duration::from_secs(2),
            checkpoint_every: Duration::from_millis(20),
            lane,
            ..usual.tuning
        };
        let kinesis = fanner::Kinesis::Local { endpoint: self.endpoint(), region: REGION.into() };
        let clock = self.clock.clone();
        let rules_keys = vec![self.rules.key()];
        Config { kinesis, tuning, rules_keys, clock: Clock::of(move || clock.now()), ..usual }
    }

    /// A fanner that obeys the rules as they are now.
    pub(crate) async fn fanner(&self) -> Running {
        let running = fanner::start(self.config()).await.unwrap();
        self.rules.obeyed().await;
        running
    }

    /// Lets time go forward, for Kinesis and for the fanner.
    pub(crate) fn pass(&self, time: Duration) {
        self.clock.pass(time);
    }

    /// What time it is there.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Produces `count` events of one name, with payloads that differ.
    pub(crate) async fn produce(&self, event: &str, count: usize) {
        let numbers: Vec<_> = (0..count).collect();
        for chunk in numbers.chunks(500) {
            let entries: Vec<_> = chunk.iter().map(|number| self.entry(event, *number)).collect();
            let answer = self.client.put_records().stream_name(GES).set_records(Some(entries)).send().await.unwrap();
            assert_eq!(answer.failed_record_count(), Some(0));
        }
    }

    /// Produces one event with a payload of so many bytes.
    pub(crate) async fn produce_large(&self, event: &str, bytes: usize) {
        let envelope = fanner_event::seal(new_event(event, 0, "x".repeat(bytes)), self.now()).unwrap();
        let put = self.client.put_record().stream_name(GES).partition_key("large");
        put.data(Blob::new(envelope.encode_to_vec())).send().await.unwrap();
    }

    /// Lets `stream` take records of up to 10 MiB.
    pub(crate) async fn allow_large_records(&self, stream: &str) {
        let about = self.client.describe_stream_summary().stream_name(stream).send().await.unwrap();
        let arn = about.stream_description_summary.unwrap().stream_arn;
        let update = self.client.update_max_record_size().stream_arn(arn).max_record_size_in_kib(10_240);
        update.send().await.unwrap();
    }

    /// Puts bytes onto the Global Event Stream that are no envelope.
    pub(crate) async fn produce_rubbish(&self, data: &[u8]) {
        let put = self.client.put_record().stream_name(GES).partition_key("rubbish").data(Blob::new(data));
        put.send().await.unwrap();
    }

    /// Makes calls that write to `stream` go wrong.
    pub(crate) fn fault(&self, stream: &str, kind: FaultKind, probability: f64, count: Option<u64>) {
        let fault = Fault {
            operation: Some("PutRecords".into()),
            stream: Some(stream.into()),
            probability,
            count,
            ..Fault::always(kind)
        };
        self.kinesis.faults().set(FaultPlan { seed: 7, faults: vec![fault] });
    }

    /// What is wrong with `stream` now.
    pub(crate) async fn verdict(&self, stream: &str, events: &[&str]) -> Verdict {
        self.oracle.verdict(&everything(&self.client, stream).await, events)
    }

    /// Waits until `stream` has all that it should, and returns what is wrong apart from that.
    pub(crate) async fn complete(&self, stream: &str, events: &[&str]) -> Verdict {
        eventually(&format!("`{stream}` to be complete"), async || {
            let verdict = self.verdict(stream, events).await;
            (verdict.lost == 0).then_some(verdict)
        })
        .await
    }

    fn entry(&self, event: &str, number: usize) -> PutRecordsRequestEntry {
        let payload = format!("{{\"number\": {number}, \"blank\": \"{}\"}}", "x".repeat(number % 50));
        let envelope = fanner_event::seal(new_event(event, number, payload.clone()), Timestamp::UNIX_EPOCH).unwrap();
        self.oracle.note(format!("{event}/{}", envelope.event_id), event, payload.as_bytes());
        PutRecordsRequestEntry::builder()
            .data(Blob::new(envelope.encode_to_vec()))
            .partition_key(Uuid::new_v4().to_string())
            .build()
            .unwrap()
    }
}

/// A clock that stands still until the test moves it.
#[derive(Clone)]
struct TestClock {
    start: Timestamp,
    passed: Arc<Mutex<Duration>>,
    of_kinesis: kinesis::ManualClock,
}

impl TestClock {
    fn new() -> Self {
        let start = "2026-11-21T03:00:00Z".parse().unwrap();
        Self { start, passed: Arc::default(), of_kinesis: kinesis::ManualClock::starting_at(start) }
    }

    fn now(&self) -> Timestamp {
        self.start + *self.passed.lock()
    }

    fn pass(&self, time: Duration) {
        *self.passed.lock() += time;
        self.of_kinesis.advance(time);
    }
}

/// Everything in a stream now, each record with its shard.
pub(crate) async fn by_shard(client: &Client, stream: &str) -> Vec<(String, Record)> {
    let mut found = Vec::new();
    let shards = client.list_shards().stream_name(stream).send().await.unwrap();
    for shard in shards.shards() {
        let start = client.get_shard_iterator().stream_name(stream).shard_id(shard.shard_id());
        let start = start.shard_iterator_type(ShardIteratorType::TrimHorizon).send().await.unwrap();
        let read = client.get_records().set_shard_iterator(start.shard_iterator).send().await.unwrap();
        found.extend(read.records.into_iter().map(|record| (shard.shard_id.clone(), record)));
    }
    found
}

pub(crate) fn new_event(event: &str, number: usize, payload: String) -> NewEvent {
    NewEvent {
        name: event.parse().unwrap(),
        id: None,
        source: "test".into(),
        time: None,
        user_id: Some(format!("user-{}", number % 10)),
        device_id: None,
        encoding: PayloadEncoding::Json,
        payload: Bytes::from(payload),
        schema_version: 1,
        classification: Classification::Public,
        context: None,
    }
}
