//! How long decisions take: alone, for one plan of a thousand events, and for every pair of a company of some size.
//! Prints figures and judges none, since machines differ.

#![expect(clippy::print_stdout, reason = "figures are what a benchmark is for")]

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::time::{Duration, Instant};

use fanner_access::{Links, Policies, Question};
use fanner_model::{
    AccessStatus, Classification, EventType, EventTypeSpec, Purpose, StreamName, StreamSpec, Tags, TeamName, TeamSpec,
};
use jiff::Timestamp;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn main() {
    let documents = BTreeMap::from([(name("default"), Policies::DEFAULT.to_owned())]);
    let policies = Policies::parse(&documents).expect("the default policies are good").linked(Links::default());
    let world = World::new(100, 1_000, 1_000);
    one(&policies, &world);
    plan(&policies, &world);
    everything(&policies, &world);
}

/// Single decisions, each by a judge that has heard nothing yet.
fn one(policies: &Policies, world: &World) {
    let questions: Vec<_> = world.pairs(1_000).collect();
    for status in [AccessStatus::Active, AccessStatus::Pending, AccessStatus::Denied] {
        let such: Vec<_> = questions.iter().filter(|question| policies.decide(question).status == status).collect();
        let mut took: Vec<_> = such.iter().map(|question| timed(|| policies.decide(question))).collect();
        took.sort();
        let (middle, worst) = (took[took.len() / 2], took[took.len() * 99 / 100]);
        println!("one decision, {status:?}: p50 {middle:?}, p99 {worst:?} of {}", took.len());
    }
}

/// What a plan asks: a thousand events for one stream.
fn plan(policies: &Policies, world: &World) {
    let questions: Vec<_> = world.event_types.iter().map(|event_type| world.question(0, event_type)).collect();
    let took = timed(|| decide_all(policies, &questions));
    println!("a plan of {} events: {took:?}", questions.len());
}

/// What a change of a policy asks: every pair there is, on two threads.
fn everything(policies: &Policies, world: &World) {
    let questions: Vec<_> = world.pairs(100_000).collect();
    let (first, second) = questions.split_at(questions.len() / 2);
    let took = timed(|| {
        std::thread::scope(|scope| {
            scope.spawn(|| decide_all(policies, first));
            scope.spawn(|| decide_all(policies, second));
        });
    });
    println!("{} pairs on two threads: {took:?}", questions.len());
}

fn decide_all<'w>(policies: &'w Policies, questions: &[Question<'w>]) {
    let mut judge = policies.judge();
    questions.iter().for_each(|question| drop(black_box(judge.decide(question))));
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}

/// Teams with streams, and event types that differ in all that policies look at.
struct World {
    teams: Vec<(TeamName, TeamSpec)>,
    streams: Vec<(StreamName, StreamSpec)>,
    event_types: Vec<EventType>,
    purposes: Vec<Purpose>,
    nothing: BTreeSet<fanner_model::FieldPath>,
}

impl World {
    fn new(teams: usize, streams: usize, event_types: usize) -> Self {
        Self {
            teams: (0..teams).map(|n| (name(&format!("team-{n}")), team(n))).collect(),
            streams: (0..streams).map(|n| (name(&format!("stream-{n}")), StreamSpec::default())).collect(),
            event_types: (0..event_types).map(|n| event_type(n, teams)).collect(),
            purposes: ["analytics", "fraud", "growth"].map(name).into(),
            nothing: BTreeSet::new(),
        }
    }

    /// That many pairs, each event type with as many streams.
    fn pairs(&self, count: usize) -> impl Iterator<Item = Question<'_>> {
        let events = self.event_types.iter().cycle().take(count).enumerate();
        events.map(|(n, event_type)| self.question(n * 7 + n / self.event_types.len(), event_type))
    }

    fn question<'w>(&'w self, n: usize, event_type: &'w EventType) -> Question<'w> {
        let (stream, spec) = &self.streams[n % self.streams.len()];
        let (team, known) = &self.teams[n % self.teams.len()];
        let owner = &self.teams[n * 31 % self.teams.len()].1;
        Question {
            stream,
            spec,
            team: (team, known),
            event_type,
            owner,
            purpose: self.purposes.get(n % (self.purposes.len() + 1)),
            mask: &self.nothing,
            grants: &[],
            ends: None,
            now: NOW,
        }
    }
}

fn team(n: usize) -> TeamSpec {
    let end = NOW + jiff::SignedDuration::from_hours(24 * (1 + n as i64 % 5));
    let trainings = if n.is_multiple_of(2) { BTreeMap::from([(name("pii-2026"), end)]) } else { BTreeMap::new() };
    TeamSpec { clearance: Classification::ALL[n % 4], trainings, ..TeamSpec::default() }
}

fn event_type(n: usize, teams: usize) -> EventType {
    let tags =
        if n.is_multiple_of(3) { BTreeMap::from([("pii".to_owned(), "yes".to_owned())]) } else { BTreeMap::new() };
    let spec = EventTypeSpec {
        classification: Classification::ALL[n % 4],
        purposes: (0..n % 3).map(|purpose| name(["analytics", "fraud"][purpose])).collect(),
        sensitive_fields: (0..n % 5).map(|field| name(&format!("member.field_{}", field + n % 50))).collect(),
        tags: Tags::try_from(tags).expect("they are good tags"),
        ..EventTypeSpec::default()
    };
    EventType {
        name: name(&format!("event_{n}")),
        team: name(&format!("team-{}", n % teams)),
        version: 1,
        created_at: NOW,
        updated_at: NOW,
        spec,
    }
}

fn name<T: std::str::FromStr<Err = fanner_model::NameError>>(text: &str) -> T {
    text.parse().expect("the benchmark uses good names")
}
