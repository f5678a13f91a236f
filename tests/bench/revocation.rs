//! How long a revocation takes while events flow: until the last of two fanners obeys it, and until the last record that it
//! forbids has arrived.

#![expect(clippy::print_stdout, reason = "figures are what a benchmark is for")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_sdk_kinesis::Client as Kinesis;
use aws_sdk_kinesis::primitives::{Blob, DateTime};
use aws_sdk_kinesis::types::{PutRecordsRequestEntry, ShardIteratorType};
use fanner::{Config, Running};
use fanner_client::{Client, Precondition};
use fanner_event::NewEvent;
use fanner_event::v1::{Classification, PayloadEncoding};
use fanner_model::{AccessRequest, Comment, Obedience, Reason, RequestStatus, Role, Scope, StreamSpec, TokenSpec};
use fanner_tests::{World, eventually, everything, named, spec};
use jiff::Timestamp;
use parking_lot::Mutex;
use prost::Message;
use serde_json::json;

const REVOCATIONS: usize = 100;
const STREAM: &str = "fraud-signals";
const EVENT: &str = "card_swiped";

/// Published together, this often.
const BATCH: usize = 50;
const PAUSE: Duration = Duration::from_millis(50);

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    runtime.block_on(measure());
}

async fn measure() {
    let world = World::new().await;
    let (owner, consumer, mut request) = asked(&world).await;
    let folder = tempfile::tempdir().expect("a folder can be made");
    let second = second_fanner(&world, folder.path()).await;
    let published = Arc::new(AtomicUsize::new(0));
    let load = tokio::spawn(publish(world.kinesis(), published.clone()));
    let arrivals = Arc::new(Mutex::new(Vec::new()));
    let reader = tokio::spawn(read(world.kinesis(), arrivals.clone()));

    let mut windows = Vec::new();
    let mut obeyed = Vec::new();
    for _ in 0..REVOCATIONS {
        let approved = owner.approve(request.id, &Comment::default()).await.expect("the owner may");
        let RequestStatus::Approved { grant, at } = approved.status else { panic!("{:?}", approved.status) };
        if let Some((_, end)) = windows.last_mut() {
            *end = at;
        }
        let before = arrivals.lock().len();
        eventually("events to flow", async || (before + BATCH < arrivals.lock().len()).then_some(())).await;
        let revoked = owner.revoke(grant, &Reason { reason: "a measurement".into() }).await.expect("the owner may");
        windows.push((revoked.revoked.expect("it was just revoked").at, Timestamp::MAX));
        obeyed.push(complete(&owner, &revoked.id).await);
        request = consumer.renew(request.id).await.expect("its team may");
    }
    tokio::time::sleep(2 * PAUSE).await;
    load.abort();
    reader.abort();
    second.stop().await.expect("the fanner stops");
    let arrived: Vec<_> = everything(&world.kinesis(), STREAM)
        .await
        .iter()
        .filter_map(|r| time(r.approximate_arrival_timestamp()))
        .collect();
    let last = windows.iter().map(|(from, until)| {
        let foreign = arrived.iter().filter(|at| (*from..*until).contains(*at)).max();
        foreign.map_or(0, |at| at.duration_since(*from).as_millis())
    });
    println!(
        "{REVOCATIONS} revocations, 2 fanners, {} events published, {} delivered",
        published.load(Ordering::Relaxed),
        arrived.len()
    );
    report("decision to the last fanner's acknowledgement", obeyed);
    report("decision to the last foreign record", last.collect());
    world.stop().await;
}

/// Milliseconds from the revocation of a grant until every fanner obeyed it.
async fn complete(owner: &Client, grant: &fanner_model::GrantId) -> i128 {
    eventually("the revocation to be complete", async || {
        let enforcement = owner.grant(*grant).await.expect("it is there").revoked?.enforcement?;
        match enforcement.obedience {
            Obedience::Complete { after_ms, .. } => Some(after_ms.into()),
            Obedience::Waiting { .. } => None,
        }
    })
    .await
}

fn report(what: &str, mut milliseconds: Vec<i128>) {
    milliseconds.sort_unstable();
    let at = |share: usize| milliseconds[(milliseconds.len() * share).div_ceil(100) - 1];
    println!("{what}: p50 {} ms, p99 {} ms, most {} ms", at(50), at(99), at(100));
}

/// An event of team `payments`, a stream of team `fraud` that asks for it, and the request that follows.
async fn asked(world: &World) -> (Client, Client, AccessRequest) {
    let (owner, consumer) = (world.member("payments").await, world.member("fraud").await);
    let declared = spec(json!({"classification": "internal", "purposes": ["fraud-detection"]}));
    owner.put_event_type(&named(EVENT), &declared, Precondition::None).await.expect("it is declared");
    let wanted: StreamSpec = spec(json!({"shard_count": 1, "purpose": "fraud-detection", "events": [EVENT]}));
    consumer.put_stream(&named(STREAM), &wanted, Precondition::None).await.expect("it is accepted");
    consumer.settled_stream(&named(STREAM), Duration::from_secs(30)).await.expect("it is there");
    let request =
        eventually("the request", async || owner.requests(None, true).await.expect("a list").items.pop()).await;
    (owner, consumer, request)
}

/// A fanner beside that of the platform, which reads and delivers everything as well.
async fn second_fanner(world: &World, state: &std::path::Path) -> Running {
    let spec = TokenSpec { team: named("platform"), role: Role::Fanner, scope: Scope::Full, expires_at: None };
    let token = world.platform().issue_token(&spec).await.expect("a token is issued").secret;
    let mut config = Config::new(named(world.variable("FANNER_GES")), world.variable("FANNER_ENDPOINT"), state);
    config.token = Some(token);
    config.worker = named("second");
    config.rules_keys = vec![named(world.variable("FANNER_RULES_KEY"))];
    config.kinesis = fanner::Kinesis::Local {
        endpoint: world.variable("AWS_ENDPOINT_URL_KINESIS").into(),
        region: world.variable("AWS_REGION").into(),
    };
    config.tuning.reads_per_second = 0;
    fanner::start(config).await.expect("a second fanner starts")
}

/// Publishes without end.
async fn publish(kinesis: Kinesis, published: Arc<AtomicUsize>) {
    loop {
        let entries = (0..BATCH).map(entry).collect();
        let put = kinesis.put_records().stream_name("global-events").set_records(Some(entries));
        put.send().await.expect("events are taken");
        published.fetch_add(BATCH, Ordering::Relaxed);
        tokio::time::sleep(PAUSE).await;
    }
}

fn entry(number: usize) -> PutRecordsRequestEntry {
    let event = NewEvent {
        name: named(EVENT),
        id: None,
        source: "bench".into(),
        time: None,
        user_id: None,
        device_id: None,
        encoding: PayloadEncoding::Json,
        payload: format!("{{\"number\":{number}}}").into(),
        schema_version: 1,
        classification: Classification::Internal,
        context: None,
    };
    let envelope = fanner_event::seal(event, Timestamp::UNIX_EPOCH).expect("it is an event");
    let entry = PutRecordsRequestEntry::builder().partition_key(number.to_string());
    entry.data(Blob::new(envelope.encode_to_vec())).build().expect("key and data are set")
}

/// Notes when records arrive, without end.
async fn read(kinesis: Kinesis, arrivals: Arc<Mutex<Vec<Timestamp>>>) {
    let start = kinesis.get_shard_iterator().stream_name(STREAM).shard_id("shardId-000000000000");
    let start = start.shard_iterator_type(ShardIteratorType::TrimHorizon).send().await.expect("there is an iterator");
    let mut iterator = start.shard_iterator;
    loop {
        let answer = kinesis.get_records().set_shard_iterator(iterator).send().await.expect("records can be read");
        let arrived = answer.records.iter().filter_map(|record| time(record.approximate_arrival_timestamp()));
        arrivals.lock().extend(arrived);
        iterator = answer.next_shard_iterator;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn time(at: Option<&DateTime>) -> Option<Timestamp> {
    Timestamp::from_millisecond(at?.to_millis().ok()?).ok()
}
