//! The newest rules, kept at hand: one watcher per process notices new revisions, its own at once and those of other
//! control planes by asking the database. What is at hand never gets older, whatever the database says.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fanner_model::{Digest, Revision, RuleSet, SignedRules};
use fanner_note::{Confirmation, Signer, Verifier, digest};
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
    newest: watch::Sender<Arc<Edition>>,
    signer: Arc<Signer>,
    /// When the database last said that these are the newest.
    confirmed_at: Arc<Mutex<Timestamp>>,
    /// When the rules must be compiled anew though nothing was changed.
    opens_at: Arc<Mutex<Option<Timestamp>>>,
    failing: Arc<Mutex<Option<Failing>>>,
    /// The newest revision that somebody asked for and the database does not have.
    beyond: Arc<AtomicU64>,
}

/// The rules of one revision as they are given out.
#[derive(Debug)]
pub(crate) struct Edition {
    pub revision: Revision,
    text: String,
    digest: Digest,
}

/// Since when the rules cannot be renewed, and why.
#[derive(Debug)]
struct Failing {
    since: Timestamp,
    why: String,
}

impl Watch {
    /// The rules as they are stored now. They stay so until [`Watch::run`] runs.
    pub(crate) async fn open(
        store: &Store,
        worlds: &Worlds,
        clock: &Clock,
        signer: Signer,
    ) -> Result<Self, WorldError> {
        let asked_at = clock.now();
        let Compiled { rules, opens_at } = newest(store, worlds, clock).await?;
        Ok(Self {
            newest: watch::Sender::new(Arc::new(Edition::of(&rules))),
            signer: Arc::new(signer),
            confirmed_at: Arc::new(Mutex::new(asked_at)),
            opens_at: Arc::new(Mutex::new(opens_at)),
            failing: Arc::default(),
            beyond: Arc::default(),
        })
    }

    /// The newest rules.
    pub(crate) fn now(&self) -> Arc<Edition> {
        self.newest.borrow().clone()
    }

    /// The newest rules, signed. What is signed is when the database last said so: while it is away, nothing is confirmed.
    pub(crate) fn signed(&self) -> SignedRules {
        let issued_at = *self.confirmed_at.lock();
        let edition = self.now();
        let confirmation = Confirmation { issued_at, rules: edition.digest };
        let (note, key) = (confirmation.sign(&self.signer), self.signer.verifier().to_string());
        SignedRules { rules: edition.text.clone(), note, key }
    }

    /// What verifies the rules' signatures.
    pub(crate) fn verifier(&self) -> &Verifier {
        self.signer.verifier()
    }

    /// Returns as soon as the rules are newer than `obeyed`.
    pub(crate) async fn newer_than(&self, obeyed: Revision) {
        let mut rules = self.newest.subscribe();
        let newer = rules.wait_for(|rules| obeyed < rules.revision).await;
        assert!(newer.is_ok(), "this watch keeps the sender");
    }

    /// To hear of newer rules.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Arc<Edition>> {
        self.newest.subscribe()
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
        let asked_at = clock.now();
        if self.opens_at.lock().take_if(|opens_at| *opens_at <= clock.now()).is_some() {
            store.raise_rules().await?;
        }
        if self.now().revision < store.revision().await? {
            let Compiled { rules, opens_at } = newest(store, worlds, clock).await?;
            let edition = Arc::new(Edition::of(&rules));
            *self.opens_at.lock() = opens_at;
            debug!(revision = %rules.revision, destinations = rules.destinations.len(), "rules were compiled");
            // Somebody else may have been faster with even newer ones.
            self.newest.send_if_modified(|known| {
                let is_newer = known.revision < edition.revision;
                if is_newer {
                    *known = edition;
                }
                is_newer
            });
        }
        let mut confirmed_at = self.confirmed_at.lock();
        *confirmed_at = asked_at.max(*confirmed_at);
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

impl Edition {
    fn of(rules: &RuleSet) -> Self {
        let text = serde_json::to_string(rules).expect("rules have text keys and cannot fail to serialize");
        Self { revision: rules.revision, digest: digest(&text), text }
    }
}

/// The rules as they are stored now. What is asked for is read first, so that the world is no older than the revision says.
async fn newest(store: &Store, worlds: &Worlds, clock: &Clock) -> Result<Compiled, WorldError> {
    let interests = store.interests().await?;
    let world = worlds.newest(store).await?;
    Ok(compile(&interests, &world, clock.now()))
}
