//! The newest rules, kept at hand: one watcher per process notices new revisions, its own at once and those of other
//! control planes by asking the database. What is at hand never gets older, whatever the database says.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fanner_model::{Revision, RuleSet};
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info};

use super::compile::{Compiled, compile};
use crate::clock::Clock;
use crate::signal::Signals;
use crate::store::Store;
use crate::world::{WorldError, Worlds};

/// How often the database is asked for revisions that another control plane made.
const INTERVAL: Duration = Duration::from_millis(200);

/// The newest rules that this process knows. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    rules: watch::Sender<Arc<RuleSet>>,
    /// When the rules must be compiled anew though nothing was changed.
    opens_at: Arc<Mutex<Option<Timestamp>>>,
    failing: Arc<Mutex<Option<Failing>>>,
    /// The newest revision that somebody asked for and the database does not have.
    beyond: Arc<AtomicU64>,
}

/// Since when the rules cannot be renewed, and why.
#[derive(Debug)]
struct Failing {
    since: Timestamp,
    why: String,
}

impl Watch {
    /// The rules as they are stored now. They stay so until [`Watch::run`] runs.
    pub(crate) async fn open(store: &Store, worlds: &Worlds, clock: &Clock) -> Result<Self, WorldError> {
        let Compiled { rules, opens_at } = newest(store, worlds, clock).await?;
        Ok(Self {
            rules: watch::Sender::new(Arc::new(rules)),
            opens_at: Arc::new(Mutex::new(opens_at)),
            failing: Arc::default(),
            beyond: Arc::default(),
        })
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

    /// To hear of newer rules.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Arc<RuleSet>> {
        self.rules.subscribe()
    }

    /// For how long the rules could not be renewed; `None`: they are as new as they can be.
    pub(crate) fn stale_for(&self, now: Timestamp) -> Option<SignedDuration> {
        self.failing.lock().as_ref().map(|failing| now.duration_since(failing.since))
    }

    /// Whether nobody asked before for a revision that is as far ahead of the database: what is worth a line in the log.
    pub(crate) fn is_first_beyond(&self, revision: Revision) -> bool {
        self.beyond.fetch_max(revision.0, Ordering::Relaxed) < revision.0
    }

    /// Keeps the rules new until `closing`.
    pub(crate) async fn run(
        &self,
        store: &Store,
        worlds: &Worlds,
        clock: &Clock,
        signals: &Signals,
        closing: &CancellationToken,
    ) {
        while !closing.is_cancelled() {
            let renewed = self.renew(store, worlds, clock).await;
            self.note(renewed.err(), clock.now());
            tokio::select! {
                () = closing.cancelled() => {}
                () = signals.rules.notified() => {}
                () = tokio::time::sleep(INTERVAL) => {}
            }
        }
    }

    /// Takes the rules from the database if it has newer ones; the revision of those at hand then.
    pub(crate) async fn renew(&self, store: &Store, worlds: &Worlds, clock: &Clock) -> Result<Revision, WorldError> {
        if self.opens_at.lock().take_if(|opens_at| *opens_at <= clock.now()).is_some() {
            store.raise_rules().await?;
        }
        if self.now().revision < store.revision().await? {
            let Compiled { rules, opens_at } = newest(store, worlds, clock).await?;
            let rules = Arc::new(rules);
            *self.opens_at.lock() = opens_at;
            debug!(revision = %rules.revision, destinations = rules.destinations.len(), "rules were compiled");
            // Somebody else may have been faster with even newer ones.
            self.rules.send_if_modified(|known| {
                let is_newer = known.revision < rules.revision;
                if is_newer {
                    *known = rules;
                }
                is_newer
            });
        }
        Ok(self.now().revision)
    }

    /// Remembers whether the rules can be renewed, and logs when that changes.
    fn note(&self, error: Option<WorldError>, now: Timestamp) {
        let mut failing = self.failing.lock();
        let Some(error) = error else {
            if failing.take().is_some() {
                info!("rules can be renewed again");
            }
            return;
        };
        let (since, why) = (failing.as_ref().map_or(now, |failing| failing.since), error.to_string());
        if failing.as_ref().is_none_or(|failing| failing.why != why) {
            error!(error = &error as &dyn std::error::Error, "rules cannot be renewed; the last ones stay in force");
        }
        *failing = Some(Failing { since, why });
    }
}

/// The rules as they are stored now. What is asked for is read first, so that the world is no older than the revision says.
async fn newest(store: &Store, worlds: &Worlds, clock: &Clock) -> Result<Compiled, WorldError> {
    let interests = store.interests().await?;
    let world = worlds.newest(store).await?;
    Ok(compile(&interests, &world, clock.now()))
}
