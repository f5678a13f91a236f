//! One turn with one stream.

use std::time::Duration;

use fanner_model::Phase;
use tracing::{info, warn};

use super::outcome::{End, outcome};
use super::role::Attended;
use super::run::Reconciler;
use super::trouble::{Pauses, Trouble};
use super::{Cloud, Failure, Found, Life, Plan, Roles, Step, Wanted, plan};
use crate::store::{Author, Claim, StoreError, StreamRecord};

/// How long fanners have for obeying that a stream left the rules before it is deleted anyway.
const FAREWELL: Duration = Duration::from_secs(10);

/// The caller that the reconciler acts as.
const CONTROL_PLANE: &str = "service:control-plane";

impl<C: Cloud + Roles> Reconciler<C> {
    /// Looks at a stream, does what is missing as far as Kinesis lets it, and records what came of it.
    pub(super) async fn turn(&self, claim: &Claim) -> Result<(), StoreError> {
        let record = &claim.record;
        let Some((end, role)) = self.work(record).await? else {
            let author =
                Author { caller: CONTROL_PLANE.parse().expect("it is printable"), at: self.clock.now(), request: None };
            self.store.forget_stream(&author, claim).await?;
            info!(stream = %record.stream.name, "stream was deleted");
            self.tell(record);
            return Ok(());
        };
        let pauses = Pauses { resync: self.resync, jitter: fastrand::f64() };
        let outcome = outcome(record, end, role, self.clock.now(), pauses);
        let told = outcome.status != record.stream.status;
        if self.store.record(claim, &outcome).await? && outcome.served != record.served {
            self.signals.rules.notify_one();
        }
        if let Some(reason) =
            outcome.status.reason.filter(|reason| record.stream.status.reason.as_ref() != Some(reason))
        {
            warn!(stream = %record.stream.name, phase = ?outcome.status.phase, reason, "stream is not as asked for");
        }
        if told {
            self.tell(record);
        }
        Ok(())
    }

    fn tell(&self, record: &StreamRecord) {
        // Nobody may be listening.
        let _ = self.signals.stream.send(record.stream.name.clone());
    }

    /// How the turn ends; `None`: the stream is gone, and so can be its record.
    async fn work(&self, record: &StreamRecord) -> Result<Option<(End, Attended)>, StoreError> {
        let found = match self.cloud.observe(&record.stream.name).await {
            Ok(found) => found,
            Err(failure) => {
                let trouble = Trouble::with_kinesis("look at the stream".into(), failure);
                return Ok(Some((End::Failed { found: None, trouble }, Attended::left(record))));
            }
        };
        let life = self.life(record).await?;
        let mut role = self.attend(record, life, found.as_ref()).await;
        if role.blocks {
            return Ok(Some((End::Working { found }, role)));
        }
        let end = match (plan(&wanted(record, life), found.as_ref()), found) {
            (Plan::Gone, _) => return Ok(None),
            (Plan::Foreign, _) => End::Foreign,
            (Plan::Missing, _) => End::Missing,
            (Plan::Wait, found) => End::Working { found },
            (Plan::Steps(steps), Some(found)) if steps.is_empty() => {
                self.give(record, &mut role).await;
                End::Settled { found }
            }
            (Plan::Steps(steps), found) => self.apply(record, found, steps).await,
        };
        Ok(Some((end, role)))
    }

    async fn life(&self, record: &StreamRecord) -> Result<Life, StoreError> {
        let status = &record.stream.status;
        Ok(match status.phase {
            Phase::Deleting => Life::Going { fed: self.is_fed(record).await? },
            Phase::Missing => Life::Made,
            Phase::Creating | Phase::Active | Phase::Updating | Phase::Failed if status.seen.is_some() => Life::Made,
            Phase::Creating | Phase::Active | Phase::Updating | Phase::Failed => Life::New,
        })
    }

    /// Whether a live fanner may still write to a stream that left the rules.
    async fn is_fed(&self, record: &StreamRecord) -> Result<bool, StoreError> {
        let now = self.clock.now();
        if record.stream.updated_at.saturating_add(FAREWELL).is_ok_and(|end| end <= now) {
            return Ok(false);
        }
        Ok(self.obeyed().await?.is_some_and(|obeyed| obeyed < record.revision))
    }

    /// Takes the steps one by one until one takes time or fails.
    async fn apply(&self, record: &StreamRecord, found: Option<Found>, steps: Vec<Step>) -> End {
        for step in steps {
            let result = self.cloud.apply(&record.stream.name, found.as_ref(), &step).await;
            self.metrics.step(step.kind(), result.is_ok());
            match result {
                Ok(()) => {
                    info!(stream = %record.stream.name, step = step.kind(), "stream was changed: {}", step.sentence())
                }
                Err(Failure::Absent | Failure::Busy) => break,
                Err(failure) => {
                    return End::Failed { found, trouble: Trouble::with_kinesis(step.sentence(), failure) };
                }
            }
            if step.takes_time() {
                break;
            }
        }
        End::Working { found }
    }
}

fn wanted(record: &StreamRecord, life: Life) -> Wanted<'_> {
    let observed = record.stream.status.observed_generation;
    Wanted {
        id: record.stream.id,
        spec: &record.stream.spec,
        life,
        changed: observed < record.stream.generation,
        capacity_changed: observed < record.capacity_generation,
    }
}
