//! The newest rules, kept at hand: one watcher per process notices new revisions, its own at once and those of other
//! control planes by asking the database.

use std::sync::Arc;
use std::time::Duration;

use fanner_model::{Revision, RuleSet};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::compile;
use crate::clock::Clock;
use crate::signal::Signals;
use crate::store::{Store, StoreError};

/// How often the database is asked for revisions that another control plane made.
const INTERVAL: Duration = Duration::from_millis(200);

/// The newest rules that this process knows. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    rules: watch::Sender<Arc<RuleSet>>,
}

impl Watch {
    /// The rules as they are stored now. They stay so until [`Watch::run`] runs.
    pub(crate) async fn open(store: &Store, clock: &Clock) -> Result<Self, StoreError> {
        let rules = compile(&store.interests().await?, clock.now());
        Ok(Self { rules: watch::Sender::new(Arc::new(rules)) })
    }

    /// The newest rules.
    pub(crate) fn now(&self) -> Arc<RuleSet> {
        self.rules.borrow().clone()
    }

    /// The rules as soon as they are newer than `obeyed`.
    pub(crate) async fn newer_than(&self, obeyed: Revision) -> Arc<RuleSet> {
        let mut rules = self.rules.subscribe();
        match rules.wait_for(|rules| obeyed < rules.revision).await {
            Ok(rules) => rules.clone(),
            Err(_) => unreachable!("this watch keeps the sender"),
        }
    }

    /// Keeps the rules new until `closing`.
    pub(crate) async fn run(&self, store: &Store, clock: &Clock, signals: &Signals, closing: &CancellationToken) {
        while !closing.is_cancelled() {
            if let Err(error) = self.renew(store, clock).await {
                warn!(error = &error as &dyn std::error::Error, "rules could not be read; the last ones stay in force");
            }
            tokio::select! {
                () = closing.cancelled() => {}
                () = signals.rules.notified() => {}
                () = tokio::time::sleep(INTERVAL) => {}
            }
        }
    }

    async fn renew(&self, store: &Store, clock: &Clock) -> Result<(), StoreError> {
        if store.revision().await? <= self.rules.borrow().revision {
            return Ok(());
        }
        let rules = compile(&store.interests().await?, clock.now());
        debug!(revision = %rules.revision, destinations = rules.destinations.len(), "rules were compiled");
        self.rules.send_replace(Arc::new(rules));
        Ok(())
    }
}
