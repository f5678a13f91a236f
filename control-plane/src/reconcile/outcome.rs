//! What a turn makes of a stream's status: pure, from how the turn ended and what came of the reader role.

use std::time::Duration;

use fanner_model::{Phase, StreamStatus};
use jiff::Timestamp;

use super::drift::resharded;
use super::role::Attended;
use super::trouble::{Pauses, Trouble, soon};
use super::{Found, drift};
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
    /// A step failed, or the look itself.
    Failed {
        found: Option<Found>,
        trouble: Trouble,
    },
}

/// What to record of a turn that ended at `now`.
pub(super) fn outcome(record: &StreamRecord, end: End, role: Attended, now: Timestamp, pauses: Pauses) -> Outcome {
    let end = match end {
        End::Settled { found } if role.is_moving && role.trouble.is_none() => End::Working { found: Some(found) },
        end => end,
    };
    let mut outcome = of_stream(record, end, now, pauses);
    if let Some(trouble) = &role.trouble {
        let old = &record.stream.status;
        let again = now.saturating_add(trouble.pause(record.attempts, pauses)).unwrap_or(now);
        let status = &mut outcome.status;
        let told = status.reason.take().into_iter().chain(trouble.reason()).collect::<Vec<_>>();
        status.reason = Some(told.join("; ")).filter(|told| !told.is_empty());
        status.phase = trouble.phase(&StreamStatus { phase: status.phase, ..StreamStatus::default() });
        status.observed_generation = old.observed_generation;
        outcome.due_at = if role.blocks { again } else { outcome.due_at.min(again) };
        outcome.attempts = record.attempts.saturating_add(1);
    }
    if let Some(seen) = &mut outcome.status.seen {
        seen.reader_role = role.seen;
    }
    Outcome { role_id: role.id, ..outcome }
}

/// What to record of the stream alone.
fn of_stream(record: &StreamRecord, end: End, now: Timestamp, pauses: Pauses) -> Outcome {
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
            role_id: record.role_id,
            looked_at: Some(now),
            due_at: due(pauses.resync),
            attempts: 0,
        },
        End::Working { found } => Outcome {
            status: status(working(old), None, found),
            served: record.served,
            role_id: record.role_id,
            looked_at: Some(now),
            due_at: due(soon(record.attempts)),
            attempts: record.attempts.saturating_add(1),
        },
        End::Foreign | End::Missing => Outcome {
            status: lost(record, matches!(end, End::Foreign)),
            // What is only missing may be there again soon, or we ask in the wrong place: its events wait in the Global
            // Event Stream as long as the rules name it.
            served: record.served && matches!(end, End::Missing),
            role_id: record.role_id,
            looked_at: Some(now),
            due_at: due(pauses.resync),
            attempts: 0,
        },
        End::Failed { found, trouble } => Outcome {
            role_id: record.role_id,
            looked_at: found.is_some().then_some(now),
            status: StreamStatus {
                phase: trouble.phase(old),
                reason: trouble.reason().or_else(|| old.reason.clone()),
                observed_generation: old.observed_generation,
                seen: found.map(|found| found.seen).or_else(|| old.seen.clone()),
            },
            served: record.served,
            due_at: due(trouble.pause(record.attempts, pauses)),
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
