//! The whole reconciler against a Kinesis that fails at any call: whatever goes wrong once, it converges.

use std::time::Duration;

use fanner_model::{Phase, Stream, StreamId, StreamName, StreamSpec, StreamStatus, WorkerId};
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::run::CLAIM;
use super::{Activity, Found, Reconciler, RolePlan, SESSIONS, WantedRole, plan_role};
use crate::aws::fake::{Fake, Fault};
use crate::clock::Clock;
use crate::signal::Signals;
use crate::store::{Author, Store, StreamRecord, StreamWrite};
use crate::telemetry::Metrics;

#[tokio::test]
async fn whatever_goes_wrong_at_any_call_the_stream_becomes_what_was_asked_for() {
    let world = World::new().await;
    for fault in Fault::ALL {
        let mut at = 0;
        while world.live_through(at, fault).await {
            at += 1;
        }
        assert!(40 < at, "{fault:?} hit only {at} calls");
    }
}

#[tokio::test]
async fn a_stream_that_is_lost_is_not_created_anew() {
    let world = World::new().await;
    let name = world.asked("lost", 1, json!({"shard_count": 1})).await;
    world.settle(&name).await;
    world.cloud().put(&name, None);
    world.rounds(200).await;
    let record = world.record(&name).await;
    assert_eq!((record.stream.status.phase, record.served), (Phase::Missing, true), "its events wait for it");
    assert_eq!(world.cloud().stream(&name), None);
}

#[tokio::test]
async fn a_stream_of_somebody_else_stays_as_it_is() {
    let world = World::new().await;
    let name = world.asked("foreign", 1, json!({"shard_count": 1})).await;
    let foreign = Found { owner: None, ..idle(StreamId::random()) };
    world.cloud().put(&name, Some(foreign.clone()));
    world.rounds(20).await;
    assert_eq!(world.record(&name).await.stream.status.phase, Phase::Failed);
    world.store().begin_deletion(&world.author(), &name, 1).await.unwrap();
    world.rounds(20).await;
    assert!(world.store().stream(&name).await.unwrap().is_none());
    assert_eq!(world.cloud().stream(&name), Some(foreign));
}

#[tokio::test]
async fn iam_is_asked_about_streams_that_have_or_had_a_reader_role_and_no_others() {
    let world = World::new().await;
    let plain = world.asked("plain", 1, json!({"shard_count": 1})).await;
    world.settle(&plain).await;
    world.asked("plain", 2, json!({"shard_count": 1, "retention_hours": 48})).await;
    world.settle(&plain).await;
    assert_eq!(world.cloud().iam_calls(), 0);
    let name = world.asked("with-role", 1, with_role(&["a"])).await;
    world.settle(&name).await;
    assert!(world.cloud().role(world.record(&name).await.stream.id).is_some());
    world.asked("with-role", 2, json!({"shard_count": 1})).await;
    world.settle(&name).await;
    let (record, calls) = (world.record(&name).await, world.cloud().iam_calls());
    assert_eq!((world.cloud().role(record.stream.id), record.role_id), (None, None));
    world.rounds(20).await;
    assert_eq!(world.cloud().iam_calls(), calls);
}

#[tokio::test]
async fn trouble_with_iam_is_told_and_the_stream_is_fed_all_the_same() {
    let world = World::new().await;
    world.cloud().shut_iam(true);
    let name = world.asked("fed", 1, with_role(&["a"])).await;
    world.rounds(20).await;
    let record = world.record(&name).await;
    assert_eq!((record.stream.status.phase, record.served), (Phase::Failed, true));
    assert_eq!(
        record.stream.status.reason.unwrap(),
        "the control plane may not look at the reader role: its AWS role lacks the permission `iam:Something`; the platform team can grant it"
    );
    world.cloud().shut_iam(false);
    world.settle(&name).await;
    assert_eq!(world.record(&name).await.stream.status.reason, None);
}

#[tokio::test]
async fn a_stream_waits_for_the_end_of_its_role_before_it_goes() {
    let world = World::new().await;
    let name = world.asked("going", 1, with_role(&["a"])).await;
    world.settle(&name).await;
    let id = world.record(&name).await.stream.id;
    world.cloud().shut_iam(true);
    world.store().begin_deletion(&world.author(), &name, 1).await.unwrap();
    world.rounds(20).await;
    let left = world.record(&name).await.stream.status;
    assert_eq!(left.phase, Phase::Deleting);
    assert!(left.reason.unwrap().contains("may not look at the reader role"), "its owner is told what it waits for");
    assert!(world.cloud().stream(&name).is_some() && world.cloud().role(id).is_some());
    world.cloud().shut_iam(false);
    world.rounds(20).await;
    assert_eq!((world.cloud().stream(&name), world.cloud().role(id)), (None, None));
}

#[tokio::test]
async fn a_role_outlives_a_missing_stream_and_goes_before_another_of_its_name_begins() {
    let world = World::new().await;
    let name = world.asked("again", 1, with_role(&["a"])).await;
    world.settle(&name).await;
    let old = world.record(&name).await.stream.id;
    world.cloud().put(&name, None);
    world.rounds(20).await;
    assert_eq!(world.record(&name).await.stream.status.phase, Phase::Missing);
    assert!(world.cloud().role(old).is_some(), "it may only seem to be missing");
    world.cloud().shut_iam(true);
    world.anew("again", 2, with_role(&["b"])).await;
    world.rounds(20).await;
    assert_eq!(world.cloud().stream(&name), None, "whom the old role trusts would read it");
    world.cloud().shut_iam(false);
    world.settle(&name).await;
    let new = world.record(&name).await;
    assert_eq!((world.cloud().role(old), new.role_id), (None, Some(new.stream.id)));
    let trusted = world.cloud().role(new.stream.id).unwrap().trust.trusted;
    assert_eq!(trusted, ["arn:aws:iam::123456789012:role/b".to_owned()].into());
}

#[tokio::test]
async fn a_role_goes_when_another_stream_has_taken_the_name() {
    let world = World::new().await;
    let name = world.asked("taken", 1, with_role(&["a"])).await;
    world.settle(&name).await;
    let id = world.record(&name).await.stream.id;
    world.cloud().put(&name, Some(Found { owner: None, ..idle(StreamId::random()) }));
    world.rounds(20).await;
    assert_eq!(world.record(&name).await.stream.status.phase, Phase::Missing);
    assert_eq!(world.cloud().role(id), None);
}

#[tokio::test]
async fn without_a_boundary_a_role_that_was_made_stays_until_it_is_not_wanted() {
    let mut world = World::new().await;
    let name = world.asked("bound", 1, with_role(&["a"])).await;
    world.settle(&name).await;
    let id = world.record(&name).await.stream.id;
    world.reconciler.boundary = None;
    let calls = world.cloud().iam_calls();
    world.rounds(20).await;
    assert_eq!(world.cloud().iam_calls(), calls);
    let status = world.record(&name).await.stream.status;
    assert!(status.reason.clone().unwrap().contains("started without `--reader-role-boundary`"), "{status:?}");
    world.asked("bound", 2, json!({"shard_count": 1})).await;
    world.settle(&name).await;
    assert_eq!(world.cloud().role(id), None);
}

#[tokio::test]
async fn a_foreign_role_is_left_alone_and_told() {
    let world = World::new().await;
    let name = world.asked("foreign-role", 1, with_role(&["a"])).await;
    world.settle(&name).await;
    let id = world.record(&name).await.stream.id;
    world.cloud().change_role(id, |role| role.owner = None);
    world.rounds(20).await;
    let record = world.record(&name).await;
    assert_eq!((record.stream.status.phase, record.served), (Phase::Failed, true));
    assert_eq!(
        record.stream.status.reason.unwrap(),
        format!(
            "IAM has a role `fanner-reader-{id}` that fanner did not make, so it stays as it is; delete it, or leave `reader_role` out"
        )
    );
    world.store().begin_deletion(&world.author(), &name, 1).await.unwrap();
    world.rounds(20).await;
    let left = world.record(&name).await.stream.status;
    assert!(left.reason.unwrap().contains("that fanner did not make"), "it was ours, and would read the next stream");
    world.cloud().change_role(id, |role| role.is_at_ours = false);
    world.rounds(200).await;
    assert!(world.store().stream(&name).await.unwrap().is_none());
    assert!(world.cloud().role(id).is_some());
}

#[tokio::test]
async fn when_many_wait_a_stream_that_was_deleted_goes_first() {
    let world = World::new().await;
    let mut names = Vec::new();
    for index in 10..50 {
        names.push(world.asked(&format!("s-{index}"), 1, json!({"shard_count": 1})).await);
    }
    for name in &names {
        world.settle(name).await;
    }
    let last = &names[39];
    world.cloud().put(last, None);
    world.reconciler.clock.advance(Duration::from_secs(120));
    assert_eq!(world.reconciler.due(world.now(), 16).await.unwrap().first(), Some(last));
}

#[tokio::test]
async fn a_stream_is_active_once_every_live_fanner_obeys_its_rules() {
    let world = World::new().await;
    let worker: WorkerId = "one".parse().unwrap();
    world.store().acknowledge(&worker, Default::default(), Timestamp::MAX).await.unwrap();
    let name = world.asked("slow", 1, json!({"shard_count": 1})).await;
    world.rounds(20).await;
    let waiting = world.record(&name).await;
    assert_eq!((waiting.stream.status.phase, waiting.served), (Phase::Creating, true));
    world.store().acknowledge(&worker, waiting.revision, Timestamp::MAX).await.unwrap();
    world.rounds(1).await;
    assert_eq!(world.record(&name).await.stream.status.phase, Phase::Active);
}

#[tokio::test]
async fn a_stream_is_deleted_after_fanners_let_go_of_it() {
    let world = World::new().await;
    let worker: WorkerId = "one".parse().unwrap();
    let name = world.asked("going", 1, json!({"shard_count": 1})).await;
    world.settle(&name).await;
    let obeyed = world.record(&name).await.revision;
    world.store().acknowledge(&worker, obeyed, world.now()).await.unwrap();
    world.store().begin_deletion(&world.author(), &name, 1).await.unwrap();
    world.round().await;
    assert_eq!(world.cloud().stream(&name).map(|found| found.activity), Some(Activity::Idle));
    let left = world.record(&name).await.revision;
    world.store().acknowledge(&worker, left, world.now()).await.unwrap();
    world.rounds(20).await;
    assert_eq!(world.cloud().stream(&name), None);
}

/// A reconciler, its database and its Kinesis. Time passes when there is nothing to do.
struct World {
    reconciler: Reconciler<Fake>,
    _folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite://{}", folder.path().join("db").display())).await.unwrap();
        let store = store.hasty().await.unwrap();
        let reconciler = Reconciler {
            cloud: Fake::default(),
            store,
            clock: Clock::default(),
            signals: Signals::default(),
            metrics: Metrics::default(),
            resync: Duration::from_secs(60),
            boundary: Some(BOUNDARY.parse().unwrap()),
            listed_at: Default::default(),
        };
        Self { reconciler, _folder: folder }
    }

    /// A stream's life, in which call number `at` goes wrong; whether there was such a call.
    async fn live_through(&self, at: usize, fault: Fault) -> bool {
        let reader = "arn:aws:iam::123456789012:role/reader";
        self.cloud().fail(at, fault);
        let name = format!("{fault:?}-{at}");
        let mut roles = [with_role(&["a", "b"]), with_role(&["b", "c"])].map(|spec| spec["reader_role"].clone());
        roles[1]["application"] = json!("fraud.scores");
        let wants = [
            json!({"shard_count": 2, "retention_hours": 48, "readers": [reader], "kms_key_arn": "alias/k", "tags": {"a": "1"}, "reader_role": roles[0]}),
            json!({"shard_count": 5, "retention_hours": 30, "tags": {"a": "2", "b": "3"}, "reader_role": roles[1]}),
            json!({"tags": {"b": "3"}}),
            json!({"shard_count": 1, "reader_role": roles[0]}),
        ];
        for (wanted, generation) in wants.into_iter().zip(1..) {
            let name = self.asked(&name, generation, wanted.clone()).await;
            self.settle(&name).await;
            let found = self.cloud().stream(&name).expect("it was made");
            let when = format!("{fault:?} at call {at}, generation {generation}");
            assert_is(&found, &spec(&wanted), &when);
            self.assert_role_is(&name, generation == 2, &when).await;
        }
        let name: StreamName = name.parse().unwrap();
        let id = self.record(&name).await.stream.id;
        self.store().begin_deletion(&self.author(), &name, 4).await.unwrap();
        for _ in 0..50 {
            if self.store().stream(&name).await.unwrap().is_none() {
                break;
            }
            self.round().await;
        }
        assert_eq!(self.cloud().stream(&name), None, "{fault:?} at call {at}");
        assert_eq!(self.cloud().role(id), None, "{fault:?} at call {at}");
        let struck = !self.cloud().is_armed();
        self.cloud().fail(usize::MAX / 2, fault);
        struck
    }

    /// The role is just as asked for. `narrowed`: somebody was taken out, and their sessions have ended.
    async fn assert_role_is(&self, name: &StreamName, narrowed: bool, when: &str) {
        let record = self.record(name).await;
        let found = self.cloud().role(record.stream.id);
        let boundary = BOUNDARY.parse().unwrap();
        let wanted = record.stream.spec.reader_role.as_ref().map(|role| WantedRole {
            role,
            stream: &record.stream.status.seen.as_ref().unwrap().arn,
            boundary: &boundary,
        });
        let nothing = RolePlan::Steps { taking: vec![], giving: vec![] };
        assert_eq!(plan_role(record.stream.id, wanted.as_ref(), found.as_ref(), self.now()), nothing, "{when}");
        assert_eq!(found.is_some(), wanted.is_some(), "{when}");
        assert_eq!(found.is_some_and(|found| found.inline.contains_key(SESSIONS)), narrowed, "{when}");
    }

    /// Asks for a stream, or for a further generation of one.
    async fn asked(&self, name: &str, generation: u64, wanted: Value) -> StreamName {
        let old = self.store().stream(&name.parse().unwrap()).await.unwrap();
        self.write(old.map_or_else(StreamId::random, |old| old.stream.id), name, generation, wanted).await
    }

    /// Asks for a stream that is missing to begin another life.
    async fn anew(&self, name: &str, generation: u64, wanted: Value) -> StreamName {
        self.write(StreamId::random(), name, generation, wanted).await
    }

    async fn write(&self, id: StreamId, name: &str, generation: u64, wanted: Value) -> StreamName {
        let name: StreamName = name.parse().unwrap();
        let stream = Stream {
            id,
            name: name.clone(),
            team: "fraud".parse().unwrap(),
            generation,
            created_at: self.now(),
            updated_at: self.now(),
            spec: spec(&wanted),
            status: StreamStatus::default(),
            access: Default::default(),
        };
        let expected = (1 < generation).then(|| generation - 1);
        let asked_by = &"token:1".parse().unwrap();
        let write =
            StreamWrite { stream: &stream, capacity_generation: generation, idempotency_key: None, asked_by, expected };
        assert!(self.store().write_stream(&self.author(), &write).await.unwrap());
        name
    }

    fn author(&self) -> Author {
        Author { caller: "token:1".parse().unwrap(), at: self.now(), request: None }
    }

    async fn settle(&self, name: &StreamName) {
        for _ in 0..100 {
            if self.record(name).await.stream.is_ready() {
                return;
            }
            self.round().await;
        }
        panic!("{name} does not settle: {:?}", self.record(name).await.stream.status);
    }

    async fn rounds(&self, count: usize) {
        for _ in 0..count {
            self.round().await;
        }
    }

    /// Gives every due stream its turn, then lets time pass until another is due. A crash takes as long as its claim.
    async fn round(&self) {
        let due = self.reconciler.due(self.now(), 16).await.unwrap();
        for name in due {
            let claim = self.store().claim(&name, self.now(), CLAIM).await.unwrap().expect("nobody else claims it");
            tokio::select! {
                turn = self.reconciler.turn(&claim) => turn.unwrap(),
                () = self.cloud().crashed.notified() => self.reconciler.clock.advance(CLAIM),
            }
        }
        self.reconciler.activate().await.unwrap();
        if let Some(next) = self.store().next_due().await.unwrap() {
            let wait = Duration::try_from(next.duration_since(self.now())).unwrap_or_default();
            self.reconciler.clock.advance(wait);
        }
    }

    async fn record(&self, name: &StreamName) -> StreamRecord {
        self.store().stream(name).await.unwrap().expect("the record is there")
    }

    fn cloud(&self) -> &Fake {
        &self.reconciler.cloud
    }

    fn store(&self) -> &Store {
        &self.reconciler.store
    }

    fn now(&self) -> Timestamp {
        self.reconciler.clock.now()
    }
}

fn assert_is(found: &Found, wanted: &StreamSpec, when: &str) {
    let seen = &found.seen;
    assert_eq!(seen.on_demand, wanted.shard_count.is_none(), "{when}");
    assert!(wanted.shard_count.is_none_or(|shards| shards.get() == seen.open_shard_count), "{when}");
    assert_eq!(seen.retention_hours, wanted.retention_hours.get(), "{when}");
    assert_eq!(seen.kms_key.as_deref(), wanted.kms_key_arn.as_ref().map(|key| key.as_str()), "{when}");
    assert_eq!(seen.tags, wanted.tags.clone().into(), "{when}");
    assert!(seen.readers.iter().map(String::as_str).eq(wanted.readers.iter().map(|role| role.as_str())), "{when}");
}

fn idle(id: StreamId) -> Found {
    let seen = fanner_model::Seen {
        observed_at: Timestamp::UNIX_EPOCH,
        arn: String::new(),
        on_demand: false,
        open_shard_count: 1,
        retention_hours: 24,
        kms_key: None,
        tags: Default::default(),
        readers: Default::default(),
        reader_role: None,
    };
    Found::ours(id, seen)
}

const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/fanner-reader";

/// A small stream with a reader role for these.
fn with_role(trusted: &[&str]) -> Value {
    let trusted: Vec<_> = trusted.iter().map(|name| format!("arn:aws:iam::123456789012:role/{name}")).collect();
    json!({"shard_count": 1, "reader_role": {"trusted": trusted}})
}

fn spec(json: &Value) -> StreamSpec {
    serde_json::from_value(json.clone()).unwrap()
}
