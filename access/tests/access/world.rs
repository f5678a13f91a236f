//! Random worlds: small, so that things meet, and made from a number, so that each can be made again.

use std::collections::{BTreeMap, BTreeSet};

use fanner_access::{Links, Policies, Question};
use fanner_model::{
    Approval, Approved, Classification, EventType, EventTypeSpec, Events, FieldPath, Grant, GrantId, KmsKey,
    Permission, PermissionId, PermissionSpec, PolicyName, Purpose, Quarantine, QuarantineId, QuarantineSpec, Receivers,
    RequestId, Revoked, StreamName, StreamSpec, Tags, TeamName, TeamSpec, Training,
};
use fastrand::Rng;
use jiff::Timestamp;

use crate::pair::{day, name};

/// Policies that name things, look at every kind of fact, fail, or permit later what they forbid now.
const POOL: &[&str] = &[
    r#"@id("x.stream") forbid (principal == Fanner::Stream::"stream-1", action == Fanner::Action::"Receive", resource);"#,
    r#"@id("x.owner") forbid (principal, action == Fanner::Action::"Receive", resource in Fanner::Team::"team-2") unless { principal.encrypted };"#,
    r#"@id("x.event") permit (principal in Fanner::Team::"team-0", action == Fanner::Action::"Receive", resource == Fanner::EventType::"event_1");"#,
    r#"@id("x.masked") permit (principal, action == Fanner::Action::"Receive", resource)
        when { !resource.sensitiveFields.isEmpty() && context.mask.containsAll(resource.sensitiveFields) };"#,
    r#"@id("x.suspended") forbid (principal, action == Fanner::Action::"Receive", resource) when { principal.team.trainings.contains("suspended") };"#,
    r#"@id("x.retention") forbid (principal, action == Fanner::Action::"Receive", resource)
        when { 48 < principal.retentionHours && resource.classification == Fanner::Classification::"confidential" };"#,
    r#"@id("x.tags") permit (principal, action == Fanner::Action::"Receive", resource)
        when { principal.hasTag("env") && principal.getTag("env") == "prod" && resource.hasTag("shared") };"#,
    r#"@id("x.purpose") forbid (principal, action == Fanner::Action::"Receive", resource)
        when { context has grant && context.grant.purpose == "fraud" };"#,
    r#"@id("x.overflow") forbid (principal, action == Fanner::Action::"Receive", resource)
        when { principal.hasTag("env") && principal.retentionHours * 9223372036854775807 < 0 };"#,
    r#"@id("x.peers") permit (principal, action == Fanner::Action::"Receive", resource) when { principal.team.clearance == resource.owner.clearance };"#,
    r#"@id("x.retired") forbid (principal, action == Fanner::Action::"Receive", resource) when { resource.retired && !(context has grant) };"#,
    r#"@id("x.trained-owner") permit (principal, action == Fanner::Action::"Receive", resource) when { resource.owner.trainings.contains("pii-2026") };"#,
];

/// What one company has.
pub(crate) struct World {
    pub(crate) documents: BTreeMap<PolicyName, String>,
    pub(crate) permissions: Vec<Permission>,
    pub(crate) quarantines: Vec<Quarantine>,
    pub(crate) grants: Vec<Grant>,
    teams: Vec<(TeamName, TeamSpec)>,
    streams: Vec<(StreamName, StreamSpec, usize)>,
    event_types: Vec<(EventType, usize)>,
    subscriptions: Vec<Subscription>,
}

/// What is subscribed to: a stream and an event type by their place in the lists, and the rest.
struct Subscription {
    stream: usize,
    event: usize,
    purpose: Option<Purpose>,
    mask: BTreeSet<FieldPath>,
    ends: Option<Timestamp>,
}

impl World {
    /// The world with this number.
    pub(crate) fn new(number: u64) -> Self {
        let mut rng = Rng::with_seed(number);
        let teams: Vec<_> = (0..3).map(|n| (name(&format!("team-{n}")), team(&mut rng))).collect();
        let streams: Vec<_> =
            (0..4).map(|n| (name(&format!("stream-{n}")), stream(&mut rng), rng.usize(..3))).collect();
        let event_types: Vec<_> = (0..4).map(|n| event_type(&mut rng, n, &teams)).collect();
        let mut world = Self {
            documents: documents(&mut rng),
            permissions: Vec::new(),
            quarantines: Vec::new(),
            grants: Vec::new(),
            teams,
            streams,
            event_types,
            subscriptions: Vec::new(),
        };
        world.permissions = (0..rng.usize(..4)).map(|_| permission(&mut rng)).collect();
        world.quarantines = (0..rng.usize(..2)).map(|_| quarantine(&mut rng)).collect();
        world.grants = (0..rng.usize(..16)).map(|_| grant(&mut rng, &world)).collect();
        world.subscriptions = (0..12).map(|_| subscription(&mut rng)).collect();
        world
    }

    pub(crate) fn policies(&self) -> Policies {
        let policies = Policies::parse(&self.documents).unwrap_or_else(|errors| panic!("{errors:?}"));
        policies.linked(self.links())
    }

    pub(crate) fn links(&self) -> Links {
        Links::new(self.permissions.clone(), self.quarantines.clone())
    }

    /// What is asked of this world, on the first day.
    pub(crate) fn questions(&self) -> Vec<Question<'_>> {
        self.subscriptions.iter().map(|subscription| self.question(subscription)).collect()
    }

    fn question<'w>(&'w self, subscription: &'w Subscription) -> Question<'w> {
        let Subscription { stream, event, purpose, mask, ends } = subscription;
        let (stream, spec, team) = &self.streams[*stream];
        let (event_type, owner) = &self.event_types[*event];
        let (team, known) = &self.teams[*team];
        Question {
            stream,
            spec,
            team: (team, known),
            event_type,
            owner: &self.teams[*owner].1,
            purpose: purpose.as_ref(),
            mask,
            grants: &self.grants,
            ends: *ends,
            now: day(0),
        }
    }
}

/// The default policies, and some of the pool.
pub(crate) fn documents(rng: &mut Rng) -> BTreeMap<PolicyName, String> {
    let some: Vec<_> = POOL.iter().filter(|_| rng.u8(..3) == 0).copied().collect();
    [(name("default"), Policies::DEFAULT.to_owned()), (name("more"), some.join("\n"))].into()
}

fn team(rng: &mut Rng) -> TeamSpec {
    let trainings: [Training; 2] = ["pii-2026", "suspended"].map(name);
    let trainings = trainings.into_iter().filter_map(|training| rng.bool().then(|| (training, day(rng.i64(-3..9)))));
    let trainings = trainings.collect();
    let clearance = Classification::ALL[rng.usize(1..4)];
    TeamSpec { description: None, clearance, trainings, active: rng.u8(..8) != 0 }
}

fn stream(rng: &mut Rng) -> StreamSpec {
    let key: KmsKey = name("arn:aws:kms:eu-west-1:123456789012:key/k");
    StreamSpec {
        kms_key_arn: rng.bool().then_some(key),
        retention_hours: i64::from(24 * rng.u8(1..5)).try_into().expect("days are possible"),
        tags: tags(rng, &[("env", "prod"), ("env", "test")]),
        ..StreamSpec::default()
    }
}

fn event_type(rng: &mut Rng, n: usize, teams: &[(TeamName, TeamSpec)]) -> (EventType, usize) {
    let owner = rng.usize(..teams.len());
    let spec = EventTypeSpec {
        classification: Classification::ALL[rng.usize(..4)],
        purposes: ["analytics", "fraud"].into_iter().filter(|_| rng.bool()).map(name).collect(),
        sensitive_fields: fields(rng),
        retired: rng.u8(..8) == 0,
        tags: tags(rng, &[("pii", "yes"), ("shared", "yes")]),
        ..EventTypeSpec::default()
    };
    let (name, team) = (name(&format!("event_{n}")), teams[owner].0.clone());
    (EventType { name, team, version: 1, created_at: day(0), updated_at: day(0), spec }, owner)
}

fn tags(rng: &mut Rng, tags: &[(&str, &str)]) -> Tags {
    let some = tags.iter().filter(|_| rng.bool()).map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    some.collect::<BTreeMap<_, _>>().try_into().expect("they are good tags")
}

fn fields(rng: &mut Rng) -> BTreeSet<FieldPath> {
    ["email", "name"].into_iter().filter(|_| rng.bool()).map(name).collect()
}

fn purpose(rng: &mut Rng) -> Purpose {
    name(["analytics", "fraud", "growth"][rng.usize(..3)])
}

fn grant(rng: &mut Rng, world: &World) -> Grant {
    let (stream, _, team) = &world.streams[rng.usize(..4)];
    let team = if rng.u8(..8) == 0 { rng.usize(..3) } else { *team };
    let approvals = [Approval::Owner, Approval::Security].into_iter().filter(|_| rng.u8(..4) != 0);
    let approvals =
        approvals.map(|role| Approved { role, by: name("user:olga"), at: day(-9), comment: None }).collect();
    let revoked =
        Revoked { by: name("user:sam"), at: day(-1), reason: "over".to_owned(), enforcement: None, exposure: None };
    Grant {
        id: GrantId::random(),
        stream: stream.clone(),
        team: world.teams[team].0.clone(),
        event: name(&format!("event_{}", rng.u8(..4))),
        purpose: purpose(rng),
        mask: if rng.bool() { fields(rng) } else { BTreeSet::new() },
        reduced: if rng.u8(..4) == 0 { fields(rng) } else { BTreeSet::new() },
        request: RequestId::random(),
        requested_by: name("user:gita"),
        approvals,
        granted_at: day(-9),
        until: day(rng.i64(-2..9)),
        revoked: (rng.u8(..8) == 0).then_some(revoked),
    }
}

fn permission(rng: &mut Rng) -> Permission {
    let (team, events) = (name(&format!("team-{}", rng.u8(..3))), events(rng));
    let spec = PermissionSpec { team, events, expires_at: day(rng.i64(-2..9)), reason: None };
    Permission { id: PermissionId::random(), created_by: name("user:olga"), created_at: day(-9), spec }
}

fn quarantine(rng: &mut Rng) -> Quarantine {
    let who = match rng.u8(..4) {
        0 => Receivers::Everybody,
        1 => Receivers::Team(name(&format!("team-{}", rng.u8(..3)))),
        _ => Receivers::Stream(name(&format!("stream-{}", rng.u8(..4)))),
    };
    let spec = QuarantineSpec { who, events: events(rng), reason: "INC-1".to_owned() };
    Quarantine { id: QuarantineId::random(), created_by: name("user:sam"), created_at: day(-9), spec }
}

fn events(rng: &mut Rng) -> Events {
    match rng.u8(..5) {
        0 => Events::Everything,
        1 | 2 => Events::OwnedBy(name(&format!("team-{}", rng.u8(..3)))),
        _ => Events::Event(name(&format!("event_{}", rng.u8(..4)))),
    }
}

fn subscription(rng: &mut Rng) -> Subscription {
    let purpose = (rng.u8(..5) != 0).then(|| purpose(rng));
    let mask = if rng.u8(..3) == 0 { fields(rng) } else { BTreeSet::new() };
    let ends = (rng.u8(..3) == 0).then(|| day(rng.i64(-1..9)));
    Subscription { stream: rng.usize(..4), event: rng.usize(..4), purpose, mask, ends }
}
