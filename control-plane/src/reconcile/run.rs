//! The loop: streams that are due get their turns, several at a time, until the process stops.

use std::sync::Arc;
use std::time::Duration;

use fanner_model::{Arn, Revision};
use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::{Cloud, Roles};
use crate::clock::Clock;
use crate::signal::Signals;
use crate::store::{Claim, Store, StoreError};
use crate::telemetry::Metrics;

/// Makes streams real. Any number of them, in any number of processes, may share one database.
#[derive(Debug)]
pub(crate) struct Reconciler<C> {
    pub cloud: C,
    pub store: Store,
    pub clock: Clock,
    pub signals: Signals,
    pub metrics: Metrics,
    /// How long a stream that is as asked for goes without being looked at.
    pub resync: Duration,
    /// The permissions boundary of every reader role; `None`: none is made.
    pub boundary: Option<Arn>,
    /// When all streams were last listed.
    pub listed_at: Mutex<Timestamp>,
}

/// How many streams have their turn at once.
const AT_ONCE: usize = 16;

/// How long a claim lasts. A turn is cut off before, so that two never overlap.
pub(super) const CLAIM: Duration = Duration::from_secs(10);
const TURN: Duration = Duration::from_secs(8);

/// The longest pause between two looks at the database: other control planes write to it too.
const INTERVAL: Duration = Duration::from_millis(500);

impl<C: Cloud + Roles> Reconciler<C> {
    /// Runs until `closing`, then finishes the turns that are under way.
    pub(crate) async fn run(self: Arc<Self>, closing: CancellationToken) {
        let mut turns = JoinSet::new();
        while !closing.is_cancelled() {
            let pause = match self.round(&mut turns).await {
                Ok(pause) => pause,
                Err(error) => {
                    warn!(error = &error as &dyn std::error::Error, "streams could not be looked after; trying again");
                    INTERVAL
                }
            };
            tokio::select! {
                () = closing.cancelled() => {}
                () = self.signals.reconcile.notified() => {}
                Some(ended) = turns.join_next() => log(ended),
                () = tokio::time::sleep(pause) => {}
            }
        }
        while let Some(ended) = turns.join_next().await {
            log(ended);
        }
    }

    /// Starts the turns that are due; gives the time until the next ones are.
    async fn round(self: &Arc<Self>, turns: &mut JoinSet<Result<(), StoreError>>) -> Result<Duration, StoreError> {
        while let Some(ended) = turns.try_join_next() {
            log(ended);
        }
        self.activate().await?;
        let free = AT_ONCE - turns.len();
        if free == 0 {
            return Ok(INTERVAL);
        }
        let now = self.clock.now();
        for name in self.due(now, free).await? {
            if let Some(claim) = self.store.claim(&name, now, CLAIM).await? {
                let this = Arc::clone(self);
                turns.spawn(async move { this.bounded_turn(claim).await });
            }
        }
        let next = self.store.next_due().await?.unwrap_or(Timestamp::MAX);
        let wait = Duration::try_from(next.duration_since(self.clock.now())).unwrap_or_default();
        Ok(wait.clamp(Duration::from_millis(5), INTERVAL))
    }

    async fn bounded_turn(&self, claim: Claim) -> Result<(), StoreError> {
        match tokio::time::timeout(TURN, self.turn(&claim)).await {
            Ok(result) => result,
            Err(_) => {
                warn!(stream = %claim.record.stream.name, "turn took too long and was cut off; the stream gets another");
                self.store.release(&claim).await
            }
        }
    }

    /// Makes active what every live fanner feeds.
    pub(super) async fn activate(&self) -> Result<(), StoreError> {
        let obeyed = self.obeyed().await?.unwrap_or(Revision(u64::MAX));
        for name in self.store.activate(obeyed).await? {
            tracing::info!(stream = %name, "stream became active");
            // Nobody may be listening.
            let _ = self.signals.stream.send(name);
        }
        Ok(())
    }

    /// The oldest revision that a live fanner obeys; `None`: no fanner lives.
    pub(super) async fn obeyed(&self) -> Result<Option<Revision>, StoreError> {
        self.store.obeyed(self.clock.now()).await
    }
}

fn log(ended: Result<Result<(), StoreError>, tokio::task::JoinError>) {
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            warn!(error = &error as &dyn std::error::Error, "turn could not be recorded; the stream gets another")
        }
        Err(panic) => error!(%panic, "turn ended by a defect"),
    }
}
