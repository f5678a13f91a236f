//! Faults on demand: what a client of Kinesis must survive, at the moment a test wants it. Set in the
//! process or by `PUT /_local/faults`; a seed makes a run repeatable.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fastrand::Rng;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

/// Which calls go wrong, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The operation it hits, such as `PutRecords`; any if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The stream it hits; any if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// What happens.
    pub kind: FaultKind,
    /// How likely a matching call is hit, from 0 to 1.
    #[serde(default = "always")]
    pub probability: f64,
    /// How many calls are hit before the fault is spent; without end if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

/// What a fault does to a call.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Refused as over the rate: `ProvisionedThroughputExceededException` for records, else `LimitExceededException`.
    Throttle,
    /// HTTP 500, and nothing was done.
    ErrorBefore,
    /// HTTP 500, although it was done: a lost answer.
    ErrorAfter,
    /// The connection breaks after it was done: a lost answer.
    DropAfter,
    /// This share of the records of a `PutRecords`, from 0 to 1, fails.
    Partial(f64),
    /// The answer comes this many milliseconds late.
    Latency(u64),
    /// There is never an answer.
    Hang,
    /// Refused for want of permission.
    AccessDenied,
}

/// The body of `PUT /_local/faults`: replaces all faults.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultPlan {
    /// Where the dice start, so that a run can be repeated.
    #[serde(default)]
    pub seed: u64,
    /// All that match a call hit it, in this order.
    pub faults: Vec<Fault>,
}

/// The faults of one running server.
#[derive(Debug, Default)]
pub struct Faults {
    /// Lets the undisturbed path skip the lock.
    armed: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    plan: FaultPlan,
    dice: Rng,
    hits: u64,
}

/// What the plan and its outcome so far look like.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaultReport {
    /// What is still in force; spent faults have `count` 0.
    pub plan: FaultPlan,
    /// How many faults have hit a call since the plan was set.
    pub hits: u64,
}

impl Faults {
    /// Replaces all faults.
    pub fn set(&self, plan: FaultPlan) {
        let mut state = self.state.lock();
        self.armed.store(!plan.faults.is_empty(), Ordering::Release);
        *state = State { dice: Rng::with_seed(plan.seed), plan, hits: 0 };
    }

    /// Ends all faults.
    pub fn clear(&self) {
        self.set(FaultPlan::default());
    }

    /// What is in force, and how often it struck.
    pub fn report(&self) -> FaultReport {
        let state = self.state.lock();
        FaultReport { plan: state.plan.clone(), hits: state.hits }
    }

    /// Throws the dice for one call. `stream` finds out which stream the call is about.
    pub(crate) fn strike(&self, operation: &str, stream: impl FnOnce() -> Option<String>) -> Effects {
        if !self.armed.load(Ordering::Acquire) {
            return Effects::default();
        }
        let stream = stream();
        let State { plan, dice, hits } = &mut *self.state.lock();
        let mut effects = Effects::default();
        for fault in plan.faults.iter_mut().filter(|fault| fault.concerns(operation, stream.as_deref())) {
            if dice.f64() < fault.probability {
                *hits += 1;
                fault.count = fault.count.map(|left| left - 1);
                effects.add(fault.kind, dice);
            }
        }
        effects
    }
}

impl Fault {
    /// A fault that hits every call of every operation, for ever.
    pub fn always(kind: FaultKind) -> Fault {
        Fault { operation: None, stream: None, kind, probability: always(), count: None }
    }

    fn concerns(&self, operation: &str, stream: Option<&str>) -> bool {
        self.count != Some(0)
            && self.operation.as_deref().is_none_or(|wanted| wanted == operation)
            && (self.stream.is_none() || self.stream.as_deref() == stream)
    }
}

fn always() -> f64 {
    1.0
}

/// What befalls one call.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    pub(crate) latency: Duration,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) casualties: Casualties,
}

/// How a call ends, other than by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Throttle,
    AccessDenied,
    ErrorBefore,
    ErrorAfter,
    DropAfter,
    Hang,
}

impl Effects {
    fn add(&mut self, kind: FaultKind, dice: &mut Rng) {
        let outcome = match kind {
            FaultKind::Partial(share) => {
                self.casualties = Casualties(Some((share, dice.fork())));
                return;
            }
            FaultKind::Latency(millis) => {
                self.latency += Duration::from_millis(millis);
                return;
            }
            FaultKind::Throttle => Outcome::Throttle,
            FaultKind::ErrorBefore => Outcome::ErrorBefore,
            FaultKind::ErrorAfter => Outcome::ErrorAfter,
            FaultKind::DropAfter => Outcome::DropAfter,
            FaultKind::Hang => Outcome::Hang,
            FaultKind::AccessDenied => Outcome::AccessDenied,
        };
        self.outcome.get_or_insert(outcome);
    }
}

/// Which records of a `PutRecords` fail although nothing is wrong with them.
#[derive(Debug, Default)]
pub(crate) struct Casualties(Option<(f64, Rng)>);

impl Casualties {
    /// Throws the dice for the next record.
    pub(crate) fn hit_next(&mut self) -> bool {
        self.0.as_mut().is_some_and(|(share, dice)| dice.f64() < *share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_hits_its_operation_and_stream_until_it_is_spent() {
        let faults = Faults::default();
        let fault = Fault {
            operation: Some("PutRecords".into()),
            stream: Some("orders".into()),
            count: Some(2),
            ..Fault::always(FaultKind::Throttle)
        };
        faults.set(FaultPlan { seed: 1, faults: vec![fault] });
        let strike = |operation, stream: &str| faults.strike(operation, || Some(stream.into())).outcome;
        assert_eq!(strike("PutRecord", "orders"), None);
        assert_eq!(strike("PutRecords", "clicks"), None);
        let hits: Vec<_> = (0..4).map(|_| strike("PutRecords", "orders").is_some()).collect();
        assert_eq!(hits, [true, true, false, false]);
        assert_eq!(faults.report().hits, 2);
    }

    #[test]
    fn the_same_seed_gives_the_same_run() {
        let run = |seed| {
            let faults = Faults::default();
            let sometimes = Fault { probability: 0.3, ..Fault::always(FaultKind::ErrorAfter) };
            faults.set(FaultPlan { seed, faults: vec![sometimes] });
            (0..64).map(|_| faults.strike("PutRecord", || None).outcome.is_some()).collect::<Vec<_>>()
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
    }

    #[test]
    fn a_partial_failure_hits_about_its_share() {
        let faults = Faults::default();
        faults.set(FaultPlan { seed: 3, faults: vec![Fault::always(FaultKind::Partial(0.25))] });
        let mut casualties = faults.strike("PutRecords", || None).casualties;
        let hit = (0..1000).filter(|_| casualties.hit_next()).count();
        assert!((200..300).contains(&hit), "{hit}");
    }

    #[test]
    fn the_json_form_is_short() {
        let plan: FaultPlan = serde_json::from_str(
            r#"{"seed": 4, "faults": [{"kind": "hang", "count": 1}, {"operation": "PutRecords", "kind": {"partial": 0.5}}]}"#,
        )
        .unwrap();
        let partial = Fault { operation: Some("PutRecords".into()), ..Fault::always(FaultKind::Partial(0.5)) };
        let hang = Fault { count: Some(1), ..Fault::always(FaultKind::Hang) };
        assert_eq!(plan, FaultPlan { seed: 4, faults: vec![hang, partial] });
    }
}
