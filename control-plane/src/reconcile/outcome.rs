//! What a turn makes of a stream's status: pure, from how the turn ended.

use std::time::Duration;

use fanner_model::{Phase, StreamStatus};
use jiff::Timestamp;

use super::drift::resharded;
use super::{Failure, Found, Step, drift};
use crate::store::{Outcome, StreamRecord};

/// How a turn ended.
#[derive(Clone, Debug)]
pub(super) enum End {
    /// The stream is as asked for.
    Settled {
        found: Found,
    },
    /// It will be looked at again soon: something was done, or Kinesis or a fanner is busy with it.
    Working {
        found: Option<Found>,
    },
    Foreign,
    Missing,
    /// `step` failed, or the look itself.
    Failed {
        found: Option<Found>,
        step: Option<Step>,
        failure: Failure,
    },
}

/// The pauses of a reconciler.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pauses {
    /// Between looks at a stream that is as asked for, or that needs somebody to act.
    pub(super) resync: Duration,
    /// A share of a pause, from 0 to 1, by which many streams that wait spread.
    pub(super) jitter: f64,
}

/// What to record of a turn that ended at `now`.
pub(super) fn outcome(record: &StreamRecord, end: End, now: Timestamp, pauses: Pauses) -> Outcome {
    let old = &record.stream.status;
    let status = |phase, reason, found: Option<Found>| StreamStatus {
        phase,
        reason,
        observed_generation: old.observed_generation,
        seen: found.map(|found| found.seen),
    };
    let due = |pause: Duration| now.saturating_add(pause).unwrap_or(now);
    match end {
        End::Settled { found } => Outcome {
            status: settled(record, found),
            served: old.phase != Phase::Deleting,
            looked_at: Some(now),
            due_at: due(pauses.resync),
            attempts: 0,
        },
        End::Working { found } => Outcome {
            status: status(working(old), None, found),
            served: record.served,
            looked_at: Some(now),
            due_at: due(soon(record.attempts)),
            attempts: record.attempts.saturating_add(1),
        },
        End::Foreign | End::Missing => Outcome {
            status: lost(record, matches!(end, End::Foreign)),
            // What is only missing may be there again soon, or we ask in the wrong place: its events wait in the Global
            // Event Stream as long as the rules name it.
            served: record.served && matches!(end, End::Missing),
            looked_at: Some(now),
            due_at: due(pauses.resync),
            attempts: 0,
        },
        End::Failed { found, step, failure } => Outcome {
            looked_at: found.is_some().then_some(now),
            status: StreamStatus {
                phase: failed(old, &failure),
                reason: reason(step.as_ref(), &failure).or_else(|| old.reason.clone()),
                observed_generation: old.observed_generation,
                seen: found.map(|found| found.seen).or_else(|| old.seen.clone()),
            },
            served: record.served,
            due_at: due(pause(&failure, record.attempts, pauses)),
            attempts: record.attempts.saturating_add(1),
        },
    }
}

/// As asked for. A stream that was not active becomes so once every fanner obeys the rules that concern it.
fn settled(record: &StreamRecord, found: Found) -> StreamStatus {
    let (old, spec) = (&record.stream.status, &record.stream.spec);
    let phase = working(old);
    let told: Vec<_> = drift(spec, &found.seen).into_iter().chain(resharded(spec, &found.seen)).collect();
    StreamStatus {
        phase,
        reason: (phase == Phase::Active && !told.is_empty()).then(|| told.join("; ")),
        observed_generation: record.stream.generation,
        seen: Some(found.seen),
    }
}

/// Its name is taken, or it was there and is no longer.
fn lost(record: &StreamRecord, foreign: bool) -> StreamStatus {
    let old = &record.stream.status;
    let was_there = old.seen.is_some() || old.phase == Phase::Missing;
    let name = &record.stream.name;
    let (phase, reason) = match (was_there, foreign) {
        (true, true) => (
            Phase::Missing,
            format!("somebody deleted the stream in Kinesis and gave its name `{name}` to another one"),
        ),
        (true, false) => {
            (Phase::Missing, "somebody deleted the stream in Kinesis; the next apply creates a new, empty one".into())
        }
        (false, _) => (
            Phase::Failed,
            format!(
                "Kinesis has a stream `{name}` that fanner did not create; choose another name, or delete that stream"
            ),
        ),
    };
    StreamStatus { phase, reason: Some(reason), observed_generation: old.observed_generation, seen: None }
}

/// The phase of a stream that is worked on.
fn working(old: &StreamStatus) -> Phase {
    match old.phase {
        Phase::Missing | Phase::Failed if old.seen.is_some() => Phase::Updating,
        Phase::Missing | Phase::Failed => Phase::Creating,
        phase @ (Phase::Creating | Phase::Active | Phase::Updating | Phase::Deleting) => phase,
    }
}

/// The phase after a failure: what passes by itself changes nothing.
fn failed(old: &StreamStatus, failure: &Failure) -> Phase {
    match (old.phase, failure) {
        (phase @ (Phase::Missing | Phase::Deleting), _) => phase,
        (phase, Failure::Absent | Failure::Busy | Failure::Throttled | Failure::Unreachable { .. }) => phase,
        (_, Failure::Quota { .. } | Failure::Denied { .. } | Failure::Invalid { .. }) => Phase::Failed,
    }
}

/// Why it is not as asked for, in words for its consumer.
fn reason(step: Option<&Step>, failure: &Failure) -> Option<String> {
    let doing = step.map_or_else(|| "look at the stream".into(), Step::sentence);
    match failure {
        Failure::Absent | Failure::Busy => None,
        Failure::Throttled => Some(format!("AWS takes no more calls right now; trying again to {doing}")),
        Failure::Unreachable { .. } => Some(format!("Kinesis does not answer right now; trying again to {doing}")),
        Failure::Quota { limit } => Some(format!(
            "there is no room to {doing}: the AWS account has reached its limit of {limit}; the platform team can have it raised"
        )),
        Failure::Denied { permission } => Some(format!(
            "the control plane may not {doing}: its AWS role lacks the permission `{permission}`; the platform team can grant it"
        )),
        Failure::Invalid { message } => Some(format!("AWS refuses to {doing}: {message}")),
    }
}

fn pause(failure: &Failure, attempts: u32, pauses: Pauses) -> Duration {
    match failure {
        Failure::Absent | Failure::Busy => soon(attempts),
        Failure::Throttled | Failure::Unreachable { .. } => {
            let whole = Duration::from_millis(200).saturating_mul(1 << attempts.min(8)).min(Duration::from_secs(30));
            whole.mul_f64(0.5 + pauses.jitter / 2.0)
        }
        Failure::Quota { .. } | Failure::Denied { .. } | Failure::Invalid { .. } => pauses.resync,
    }
}

/// From 100 ms to a second, longer each time.
fn soon(attempts: u32) -> Duration {
    Duration::from_millis(100).saturating_mul(attempts.saturating_add(1)).min(Duration::from_secs(1))
}
