//! A random walk: whatever is decided, in whatever order, while events are published, no stream gets what was forbidden once
//! that was acknowledged, and none misses what was allowed throughout.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use fanner::{Clock, Config, Running, Tuning};
use fanner_client::{Client, Precondition};
use fanner_model::{
    AccessStatus, Classification, Comment, EventName, PermissionId, QuarantineId, Reason, Role, SubscriptionId,
    SubscriptionStatus,
};
use fanner_tests::{Plane, eventually, everything, named, settled, spec};
use fastrand::Rng;
use prost::Message;
use serde_json::json;

use crate::bench::{GES, new_event};

const EVENTS: [&str; 4] = ["event_0", "event_1", "event_2", "event_3"];
/// Streams, each of the team of its name. That of the events' owner gets everything, which shows how far the fanner is.
const STREAMS: [&str; 3] = ["owner", "fraud", "growth"];
const STEPS: usize = 24;
const EACH: usize = 5;
const HOUR: &str = "an hour passes";

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_decided_nothing_forbidden_arrives_and_nothing_allowed_is_missing() {
    for seed in [1, fastrand::u64(..)] {
        println!("seed {seed}");
        let mut walk = Walk::new(seed).await;
        let mut before = walk.allowed().await;
        for step in 0..STEPS {
            walk.publish(step).await;
            let decision = walk.decide().await;
            walk.acknowledged().await;
            let (after, at_acknowledgement) = (walk.allowed().await, walk.arrived().await);
            println!("step {step}: {decision}");
            let expected = expected(step, &before, &after);
            eventually("what was allowed throughout", async || walk.has(&expected).await.then_some(())).await;
            let arrived = walk.arrived().await;
            no_foreign(step, &arrived, &before, &after);
            // What time ends is not acknowledged: a request that began before may end after it.
            if decision != HOUR {
                nothing_forbidden_after(&arrived, &at_acknowledgement, &after);
            }
            before = after;
        }
        walk.fanner.stop().await.unwrap();
        walk.plane.stop().await;
    }
}

/// A control plane, a fanner that obeys it, and who decides.
struct Walk {
    plane: Plane,
    fanner: Running,
    rng: Rng,
    people: People,
    quarantines: Vec<QuarantineId>,
    permissions: Vec<PermissionId>,
    subscriptions: Vec<(&'static str, SubscriptionId)>,
    _state: tempfile::TempDir,
}

/// Clients of the API.
struct People {
    owner: Client,
    security: Client,
    platform: Client,
    consumers: BTreeMap<&'static str, Client>,
}

/// For each stream and event whether it may be delivered, and how.
type Allowed = BTreeMap<(&'static str, &'static str), View>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    Nothing,
    Masked,
    Whole,
}

/// What each stream holds: how each record was seen, by its partition key.
type Arrived = BTreeMap<&'static str, HashMap<String, View>>;

impl Walk {
    async fn new(seed: u64) -> Self {
        let plane = Plane::on_sqlite().await;
        plane.kinesis().create_stream().stream_name(GES).shard_count(2).send().await.unwrap();
        let people = People::of(&plane).await;
        for event in EVENTS {
            classify(&people.owner, event, Classification::Internal).await;
        }
        for stream in STREAMS {
            let team = spec(json!({"clearance": "restricted"}));
            people.platform.put_team(&named(stream), &team, Precondition::None).await.unwrap();
            let asked = json!({"shard_count": 1, "purpose": "walking", "events": EVENTS});
            settled(&people.consumers[stream], stream, asked).await;
        }
        let state = tempfile::tempdir().unwrap();
        let fanner = start_fanner(&plane, state.path()).await;
        let (quarantines, permissions, subscriptions) = (Vec::new(), Vec::new(), Vec::new());
        let rng = Rng::with_seed(seed);
        let walk = Self { plane, fanner, rng, people, quarantines, permissions, subscriptions, _state: state };
        walk.acknowledged().await;
        walk
    }

    /// Publishes some events of each name.
    async fn publish(&self, step: usize) {
        let entry = |(event, number)| {
            let payload = format!("{{\"email\":\"a@example.com\",\"number\":{number}}}");
            let mut new = new_event(event, number, payload);
            new.id = Some(format!("{step}-{number}"));
            let envelope = fanner_event::seal(new, self.plane.clock.now()).unwrap();
            let key = format!("{event}-{number}");
            PutRecordsRequestEntry::builder()
                .data(Blob::new(envelope.encode_to_vec()))
                .partition_key(key)
                .build()
                .unwrap()
        };
        let events = EVENTS.into_iter().flat_map(|event| (0..EACH).map(move |number| (event, number)));
        let entries = events.map(entry).collect();
        self.plane.kinesis().put_records().stream_name(GES).set_records(Some(entries)).send().await.unwrap();
    }

    /// Makes one decision at random; says which.
    async fn decide(&mut self) -> String {
        let (event, stream) = (EVENTS[self.rng.usize(..4)], STREAMS[1 + self.rng.usize(..2)]);
        match self.rng.u8(..11) {
            0..=2 => self.approve().await,
            3 => self.revoke().await,
            4 => self.renew(stream).await,
            5 => {
                let classification = Classification::ALL[self.rng.usize(..4)];
                classify(&self.people.owner, event, classification).await;
                format!("{event} is {classification}")
            }
            6 => self.quarantine(stream, event).await,
            7 => self.forbid(stream, event).await,
            8 => self.permit(stream, event).await,
            9 => self.subscribe(stream, event).await,
            _ => {
                self.plane.clock.advance(Duration::from_secs(61 * 60));
                HOUR.to_owned()
            }
        }
    }

    /// Whoever is asked approves a request.
    async fn approve(&mut self) -> String {
        let pending = self.people.owner.requests(None, true).await.unwrap().items;
        let Some(request) = self.rng.choice(pending) else { return "nobody asks".to_owned() };
        let comment = Comment::default();
        for approver in [&self.people.owner, &self.people.security] {
            // Fails if one approval was enough, or if it is asked for no more.
            let _ = approver.approve(request.id, &comment).await;
        }
        format!("{} may have {}, mask {:?}", request.stream, request.event, request.mask)
    }

    async fn revoke(&mut self) -> String {
        let live = self.people.owner.grants(None, true).await.unwrap().items;
        let Some(grant) = self.rng.choice(live) else { return "there is no grant".to_owned() };
        self.people.owner.revoke(grant.id, &Reason { reason: "the walk".into() }).await.unwrap();
        format!("the grant of {} for {} is revoked", grant.stream, grant.event)
    }

    async fn renew(&mut self, stream: &str) -> String {
        let requests = self.people.consumers[stream].requests(None, false).await.unwrap().items;
        let Some(request) = self.rng.choice(requests) else { return "nothing was asked for".to_owned() };
        let renewed = self.people.consumers[stream].renew(request.id).await.is_ok();
        format!("{stream} asks anew for {}: {renewed}", request.event)
    }

    async fn quarantine(&mut self, stream: &str, event: &str) -> String {
        if self.rng.bool()
            && let Some(id) = self.quarantines.pop()
        {
            self.people.security.lift_quarantine(id).await.unwrap();
            return "a quarantine is lifted".to_owned();
        }
        let id = QuarantineId::random();
        let what = spec(json!({"who": {"stream": stream}, "events": {"event": event}, "reason": "the walk"}));
        self.people.security.put_quarantine(id, &what).await.unwrap();
        self.quarantines.push(id);
        format!("{event} is quarantined from {stream}")
    }

    async fn forbid(&mut self, team: &str, event: &str) -> String {
        let scope = format!(
            r#"principal in Fanner::Team::"{team}", action == Fanner::Action::"Receive", resource == Fanner::EventType::"{event}""#
        );
        let text = match self.rng.bool() {
            true => format!("@id(\"walk\") @reason(\"the walk\") forbid ({scope});"),
            false => String::new(),
        };
        let policy = spec(json!({ "text": text }));
        self.people.security.put_policy(&named("walk"), &policy, Precondition::None).await.unwrap();
        format!("the policy is `{text}`")
    }

    async fn permit(&mut self, team: &str, event: &str) -> String {
        if self.rng.bool()
            && let Some(id) = self.permissions.pop()
        {
            self.people.owner.end_permission(id).await.unwrap();
            return "a standing permission ends".to_owned();
        }
        let (id, end) = (PermissionId::random(), self.plane.clock.now() + Duration::from_secs(3600));
        let what = spec(json!({"team": team, "events": {"event": event}, "expires_at": end}));
        if self.people.owner.put_permission(id, &what).await.is_err() {
            return format!("{event} is too careful for a standing permission");
        }
        self.permissions.push(id);
        format!("{team} may have {event} for an hour")
    }

    /// Asks for an event without a field, for an hour, or ceases to.
    async fn subscribe(&mut self, stream: &'static str, event: &str) -> String {
        if self.rng.bool()
            && let Some((stream, id)) = self.subscriptions.pop()
        {
            self.people.consumers[stream].delete_subscription(id).await.unwrap();
            return format!("a subscription of {stream} ends");
        }
        let (id, end) = (SubscriptionId::random(), self.plane.clock.now() + Duration::from_secs(3600));
        let asked =
            json!({"stream": stream, "events": [event], "purpose": "walking", "mask": ["email"], "expires_at": end});
        if self.people.consumers[stream].put_subscription(id, &spec(asked), Precondition::None).await.is_err() {
            return format!("{stream} could never have {event}");
        }
        self.subscriptions.push((stream, id));
        format!("{stream} asks for {event} without a field")
    }

    /// Waits until the fanner has said that it obeys the newest rules that the database has.
    async fn acknowledged(&self) {
        let newest = self.plane.revision().await;
        eventually("the fanner to obey", async || {
            let fanners = self.people.platform.fanners(None).await.unwrap().items;
            fanners.iter().any(|fanner| newest <= fanner.revision.0).then_some(())
        })
        .await;
    }

    /// What the API says that each stream may have now.
    async fn allowed(&self) -> Allowed {
        let mut allowed = Allowed::new();
        for stream in STREAMS {
            let client = &self.people.consumers[stream];
            let own = client.stream(&named(stream)).await.unwrap().access;
            let further = client.subscriptions(None).await.unwrap().items.into_iter();
            let further = further.filter(|subscription| subscription.status == SubscriptionStatus::Active);
            let accesses: Vec<_> = further.map(|subscription| subscription.access).chain([own]).collect();
            for event in EVENTS {
                let given = accesses.iter().filter_map(|access| access.get(&named::<EventName>(event)));
                let active: Vec<_> = given.filter(|access| access.status == AccessStatus::Active).collect();
                let view = match active.iter().any(|access| access.mask.is_empty()) {
                    _ if active.is_empty() => View::Nothing,
                    true => View::Whole,
                    false => View::Masked,
                };
                allowed.insert((stream, event), view);
            }
        }
        allowed
    }

    async fn arrived(&self) -> Arrived {
        let mut arrived = Arrived::new();
        for stream in STREAMS {
            let records = everything(&self.plane.kinesis(), stream).await;
            let seen = records.into_iter().map(|record| {
                let payload = String::from_utf8(record.data.into_inner()).unwrap();
                let view = if payload.contains("\"email\":null") { View::Masked } else { View::Whole };
                (record.partition_key.unwrap(), view)
            });
            arrived.insert(stream, seen.collect());
        }
        arrived
    }

    async fn has(&self, expected: &BTreeSet<(&str, String)>) -> bool {
        let arrived = self.arrived().await;
        expected.iter().all(|(stream, key)| arrived[stream].contains_key(key))
    }
}

impl People {
    async fn of(plane: &Plane) -> Self {
        let mut consumers = BTreeMap::new();
        for stream in STREAMS {
            consumers.insert(stream, plane.member(stream).await);
        }
        let security = plane.client(&plane.token("security", Role::Security).await);
        Self { owner: plane.member("owner").await, security, platform: plane.platform().await, consumers }
    }
}

/// What must arrive of a step: what was allowed before its decision and after it.
fn expected(step: usize, before: &Allowed, after: &Allowed) -> BTreeSet<(&'static str, String)> {
    let throughout = before.iter().filter(|(pair, view)| **view != View::Nothing && after[*pair] != View::Nothing);
    throughout
        .flat_map(|((stream, event), _)| (0..EACH).map(move |n| (*stream, format!("{event}/{step}-{n}"))))
        .collect()
}

/// Nothing of a step arrived that was forbidden both before its decision and after it, nor with a field that was masked.
fn no_foreign(step: usize, arrived: &Arrived, before: &Allowed, after: &Allowed) {
    for ((stream, event), view) in before {
        let most = match (*view, after[&(*stream, *event)]) {
            (View::Whole, _) | (_, View::Whole) => continue,
            (View::Nothing, View::Nothing) => View::Nothing,
            _ => View::Masked,
        };
        for number in 0..EACH {
            let key = format!("{event}/{step}-{number}");
            let seen = arrived[stream].get(&key).copied().unwrap_or(View::Nothing);
            assert!(
                seen == View::Nothing || seen == most,
                "`{stream}` got `{key}` {seen:?}, and might at most {most:?}"
            );
        }
    }
}

/// What arrived since the acknowledgement was allowed then.
fn nothing_forbidden_after(arrived: &Arrived, at_acknowledgement: &Arrived, after: &Allowed) {
    for stream in STREAMS {
        let late = arrived[stream].iter().filter(|(key, _)| !at_acknowledgement[stream].contains_key(*key));
        for (key, seen) in late {
            let event = EVENTS.into_iter().find(|event| key.starts_with(event)).unwrap();
            let allowed = after[&(stream, event)];
            let is_allowed = allowed == View::Whole || *seen == allowed;
            assert!(is_allowed, "`{stream}` got `{key}` {seen:?} after {allowed:?} was acknowledged");
        }
    }
}

async fn classify(owner: &Client, event: &str, classification: Classification) {
    let declared =
        spec(json!({"classification": classification, "purposes": ["walking"], "sensitive_fields": ["email"]}));
    owner.put_event_type(&named(event), &declared, Precondition::None).await.unwrap();
}

async fn start_fanner(plane: &Plane, state: &std::path::Path) -> Running {
    let mut config = Config::new(named(GES), plane.endpoint(), state);
    config.token = Some(plane.token("platform", Role::Fanner).await);
    config.rules_keys = vec![plane.rules_key()];
    config.kinesis = fanner::Kinesis::Local { endpoint: plane.kinesis_endpoint(), region: "us-east-1".into() };
    config.tuning = Tuning { reads_per_second: 0, discover_every: Duration::from_millis(200), ..config.tuning };
    let clock = plane.clock.clone();
    config.clock = Clock::of(move || clock.now());
    fanner::start(config).await.unwrap()
}
