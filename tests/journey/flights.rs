//! Flights as events of about fifty types, ten streams with different subsets, a fanner killed five times.
//!
//! By itself it takes the three days of the quickstart. `FANNER_FLIGHTS=DIR` takes the whole `nycflights13` in that folder
//! and `FANNER_EVENTS=N` so many events of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use aws_sdk_kinesis::types::Record;
use fanner_client::Client;
use fanner_model::{Role, Scope, Secret, TokenSpec};
use fanner_tests::{Local, Process, Workspace, eventually, everything, workspace};
use serde::Deserialize;
use serde_json::value::RawValue;

const STREAMS: usize = 10;
const KILLS: usize = 5;

#[tokio::test(flavor = "multi_thread")]
async fn every_stream_receives_exactly_its_events_though_the_fanner_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let local = Local::start(&folder.path().join("platform"), "kinesis,control-plane");
    let published = Published::make(folder.path());
    let subscriptions = subscriptions(&published);
    let terraform = Workspace::in_environment(local.environment());
    terraform.write(&event_types(&published)).apply();
    terraform.write(&[event_types(&published), streams(&subscriptions)].concat()).apply();

    let token = fanner_token(&local).await;
    let start_fanner = || start_fanner(&local, &folder.path().join("state"), &token);
    let mut fanner = start_fanner();
    let expected: usize = subscriptions.values().map(|events| published.of(events).count()).sum();
    for (part, file) in published.parts.iter().enumerate() {
        let mut publish = Process::start(local.command("fanner").args(["publish", "--ges", "global-events"]).arg(file));
        if part < KILLS {
            let enough = expected * (2 * part + 1) / (2 * published.parts.len());
            let in_the_middle = async || (enough <= delivered(&local, &subscriptions).await).then_some(());
            eventually("the fanner to be in the middle of it", in_the_middle).await;
            fanner.kill();
            fanner = start_fanner();
        }
        assert!(publish.wait(), "everything was published");
    }
    eventually("every event to arrive", async || {
        let arrived = arrived(&local, &subscriptions).await;
        let missing = subscriptions.iter().map(|(stream, events)| Count::of(&arrived[stream], events, &published).lost);
        (missing.sum::<usize>() == 0).then_some(())
    })
    .await;
    assert!(fanner.terminate(), "the fanner stops well");

    let arrived = arrived(&local, &subscriptions).await;
    let counts = subscriptions.iter().map(|(stream, events)| Count::of(&arrived[stream], events, &published));
    let total = counts.fold(Count::default(), Count::plus);
    println!(
        "{} events of {} types, {STREAMS} streams, {KILLS} kills: {expected} expected, {} delivered, {} lost, {} foreign, {} altered, {} duplicates",
        published.events.len(),
        published.names().len(),
        total.delivered,
        total.lost,
        total.foreign,
        total.altered,
        total.duplicates
    );
    assert_eq!((total.delivered, total.lost, total.foreign, total.altered), (expected, 0, 0, 0));
}

/// What a producer sends: event and id → payload; in files, one for each kill and one more.
struct Published {
    parts: Vec<PathBuf>,
    events: HashMap<String, Vec<u8>>,
}

#[derive(Deserialize)]
struct Line<'a> {
    event: &'a str,
    id: &'a str,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
    payload_base64: Option<&'a str>,
}

impl Published {
    fn make(output: &Path) -> Self {
        let quickstart = workspace().join("examples/quickstart");
        let variable = |name| std::env::vars().find(|(known, _)| known == name).map(|(_, value)| value);
        let folder = variable("FANNER_FLIGHTS").map_or_else(|| quickstart.join("data"), PathBuf::from);
        let most = variable("FANNER_EVENTS").unwrap_or_else(|| "100000".into());
        let mut script = Command::new("python3");
        script.arg(quickstart.join("flights.py")).arg(folder).args(["--split", "--most", &most]);
        let script = script.stderr(Stdio::inherit()).output().expect("python3 can be started");
        let text = String::from_utf8(script.stdout).unwrap();
        let lines: Vec<_> = text.lines().collect();
        let parts = lines.chunks(lines.len().div_ceil(KILLS + 1)).enumerate().map(|(part, lines)| {
            let file = output.join(format!("{part}.ndjson"));
            std::fs::write(&file, lines.join("\n")).unwrap();
            file
        });
        let events = lines.iter().map(|line| {
            let line: Line = serde_json::from_str(line).unwrap();
            (format!("{}/{}", line.event, line.id), payload(&line))
        });
        Self { parts: parts.collect(), events: events.collect() }
    }

    fn names(&self) -> BTreeSet<&str> {
        self.events.keys().map(|key| name(key)).collect()
    }

    fn of<'a>(&'a self, names: &'a BTreeSet<&str>) -> impl Iterator<Item = (&'a String, &'a Vec<u8>)> {
        self.events.iter().filter(|(key, _)| names.contains(name(key)))
    }
}

fn payload(line: &Line) -> Vec<u8> {
    use base64::Engine;
    match (line.payload, line.payload_base64) {
        (Some(json), _) => json.get().as_bytes().to_vec(),
        (None, Some(text)) => base64::engine::general_purpose::STANDARD.decode(text).unwrap(),
        (None, None) => panic!("the event has no payload"),
    }
}

fn name(key: &str) -> &str {
    key.split_once('/').expect("a partition key has a `/`").0
}

/// What one stream received, held against what was published.
#[derive(Default)]
struct Count {
    delivered: usize,
    lost: usize,
    foreign: usize,
    altered: usize,
    duplicates: usize,
}

impl Count {
    fn of(records: &[Record], events: &BTreeSet<&str>, published: &Published) -> Self {
        let distinct: HashMap<_, _> =
            records.iter().map(|record| (record.partition_key().unwrap_or_default(), record)).collect();
        let found = published.of(events).filter_map(|(key, payload)| Some((distinct.get(key.as_str())?, payload)));
        let (delivered, altered) = found.fold((0, 0), |(delivered, altered), (record, payload)| {
            (delivered + 1, altered + usize::from(record.data.as_ref() != payload.as_slice()))
        });
        Self {
            delivered,
            lost: published.of(events).count() - delivered,
            foreign: distinct.len() - delivered,
            altered,
            duplicates: records.len() - distinct.len(),
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            delivered: self.delivered + other.delivered,
            lost: self.lost + other.lost,
            foreign: self.foreign + other.foreign,
            altered: self.altered + other.altered,
            duplicates: self.duplicates + other.duplicates,
        }
    }
}

/// Stream `n` takes every event type whose place in the alphabet `n + 2` divides: subsets large and small that overlap.
fn subscriptions(published: &Published) -> BTreeMap<String, BTreeSet<&str>> {
    let names = published.names();
    let subset =
        |n: usize| names.iter().enumerate().filter(move |(place, _)| place % (n + 2) == 0).map(|(_, name)| *name);
    (0..STREAMS).map(|n| (format!("consumer-{n}"), subset(n).collect())).collect()
}

fn event_types(published: &Published) -> String {
    let names: Vec<_> = published.names().into_iter().collect();
    format!("resource \"fanner_event_type\" \"all\" {{\n  for_each = toset({names:?})\n  name     = each.key\n}}\n")
}

fn streams(subscriptions: &BTreeMap<String, BTreeSet<&str>>) -> String {
    let mut text = String::new();
    for (stream, events) in subscriptions {
        let events: Vec<_> = events.iter().collect();
        let _ = write!(
            text,
            "resource \"fanner_stream\" \"{stream}\" {{\n  name = \"{stream}\"\n  shard_count = 1\n  events = {events:?}\n}}\n"
        );
    }
    text
}

async fn fanner_token(local: &Local) -> String {
    let admin = Secret::new(local.variable("FANNER_TOKEN"));
    let client = Client::new(local.variable("FANNER_ENDPOINT"), Some(&admin), "fanner-tests").unwrap();
    let spec =
        TokenSpec { team: "platform".parse().unwrap(), role: Role::Fanner, scope: Scope::Full, expires_at: None };
    client.issue_token(&spec).await.unwrap().secret.expose().to_owned()
}

fn start_fanner(local: &Local, state: &Path, token: &str) -> Process {
    let mut command = local.command("fanner");
    command.args(["run", "--ges", "global-events", "--listen", "127.0.0.1:0", "--control-plane"]);
    command.arg(local.variable("FANNER_ENDPOINT")).arg("--state-dir").arg(state).env("FANNER_TOKEN", token);
    Process::start(&mut command)
}

async fn arrived(local: &Local, subscriptions: &BTreeMap<String, BTreeSet<&str>>) -> BTreeMap<String, Vec<Record>> {
    let kinesis = local.kinesis();
    let mut arrived = BTreeMap::new();
    for stream in subscriptions.keys() {
        arrived.insert(stream.clone(), everything(&kinesis, stream).await);
    }
    arrived
}

async fn delivered(local: &Local, subscriptions: &BTreeMap<String, BTreeSet<&str>>) -> usize {
    let keys =
        |records: Vec<Record>| records.into_iter().map(|record| record.partition_key).collect::<BTreeSet<_>>().len();
    arrived(local, subscriptions).await.into_values().map(keys).sum()
}
