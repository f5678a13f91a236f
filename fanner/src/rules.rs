//! Follows the control plane's rules, and keeps the last good set on disk: the data plane goes on when the control plane
//! is away.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fanner_client::Client;
use fanner_model::{Revision, RuleSet, WorkerId};
use metrics::Gauge;
use tokio::sync::watch;
use tracing::{error, info, warn};

use crate::backoff::Backoff;
use crate::router::Router;
use crate::sealed;

/// The rules in force, or none yet; whoever holds it sees every change.
pub(crate) type Rules = watch::Receiver<Option<Arc<Router>>>;

/// How long the control plane may hold its answer back while there is nothing new.
const WAIT: Duration = Duration::from_secs(20);

/// How long a starting fanner waits for the control plane before it obeys the rules on its disk.
const FIRST: Duration = Duration::from_secs(3);

/// Follows the rules of one control plane.
#[derive(Debug)]
pub(crate) struct Follower {
    client: Client,
    worker: WorkerId,
    path: PathBuf,
    known: Option<RuleSet>,
    /// What the control plane was told that we obey.
    obeyed: Option<Revision>,
    publish: watch::Sender<Option<Arc<Router>>>,
    revision: Gauge,
}

impl Follower {
    /// A follower that keeps its rules in `state_dir`.
    pub(crate) fn new(client: Client, worker: WorkerId, state_dir: &Path, revision: Gauge) -> (Self, Rules) {
        let path = state_dir.join("rules");
        let (publish, rules) = watch::channel(None);
        (Self { client, worker, known: stored(&path), path, obeyed: None, publish, revision }, rules)
    }

    /// Follows until it is dropped.
    pub(crate) async fn follow(mut self) {
        self.begin().await;
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));
        loop {
            match self.client.rules(&self.worker, self.obeyed, WAIT).await {
                Ok(rules) => {
                    if 0 < backoff.attempt() {
                        info!("control plane answers again");
                        backoff.worked();
                    }
                    self.take(rules).await;
                }
                Err(error) => {
                    let pause = backoff.failed();
                    if backoff.is_worth_a_line() {
                        warn!(attempt = backoff.attempt(), %error, "rules could not be fetched; the last ones stay in force");
                    }
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }

    /// Puts the control plane's rules into force, or those on disk if it does not answer soon: they may be older than what
    /// was revoked while this fanner was down.
    async fn begin(&mut self) {
        let asked = self.client.rules(&self.worker, None, Duration::ZERO);
        match (tokio::time::timeout(FIRST, asked).await, self.known.clone()) {
            (Ok(Ok(rules)), _) => self.take(rules).await,
            (Ok(Err(_)) | Err(_), Some(known)) => {
                info!(revision = %known.revision, streams = known.destinations.len(), "rules were loaded from disk");
                self.publish(known);
            }
            (Ok(Err(_)) | Err(_), None) => {}
        }
    }

    /// Puts rules into force that differ from those in force. They are on disk first, so that a restart does not bring back
    /// what was revoked; nor do rules that are older than those known.
    async fn take(&mut self, rules: RuleSet) {
        let revision = rules.revision;
        let known = self.known.as_ref().map(|known| known.revision);
        if known.is_some_and(|known| revision < known) {
            let path = self.path.display();
            warn!(%revision, %path, "control plane has older rules than those in force; remove the file if its database was restored");
            return;
        }
        if self.known.as_ref() != Some(&rules) {
            self.store(&rules).await;
            info!(%revision, streams = rules.destinations.len(), "rules changed");
        }
        if self.known.as_ref() != Some(&rules) || self.publish.borrow().is_none() {
            self.publish(rules);
        }
        self.obeyed = Some(revision);
    }

    /// Keeps the rules on disk. A disk that does not take them must not keep older ones either: a restart would obey them.
    async fn store(&self, rules: &RuleSet) {
        let (path, kept) = (self.path.clone(), rules.clone());
        let written = tokio::task::spawn_blocking(move || {
            sealed::write(&path, &kept).inspect_err(|_| drop(std::fs::remove_file(&path)))
        });
        if let Ok(Err(error)) = written.await {
            error!(path = %self.path.display(), %error, "rules could not be stored; they are obeyed all the same");
        }
    }

    fn publish(&mut self, rules: RuleSet) {
        self.revision.set(rules.revision.0 as f64);
        self.known = Some(rules.clone());
        self.publish.send_replace(Some(Arc::new(Router::new(rules))));
    }
}

fn stored(path: &Path) -> Option<RuleSet> {
    match sealed::read(path) {
        Ok(rules) => rules,
        Err(error) => {
            error!(%error, "stored rules were refused; nothing is delivered until the control plane answers");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "018f6b1e-7c5a-7bd0-9d2c-0242ac120002";

    #[tokio::test]
    async fn older_rules_do_not_come_back() {
        let dir = tempfile::tempdir().unwrap();
        let (mut follower, rules) = follower(dir.path());
        follower.take(revision(8, &[])).await;
        follower.take(revision(7, &["revoked"])).await;
        assert!(!feeds(&rules));
        assert_eq!(follower.obeyed, Some(Revision(8)));
    }

    #[tokio::test]
    async fn a_disk_that_does_not_take_new_rules_keeps_no_older_ones() {
        let dir = tempfile::tempdir().unwrap();
        let (mut follower, rules) = follower(dir.path());
        follower.take(revision(7, &["revoked"])).await;
        assert!(feeds(&rules));
        // A folder stands where the new file is to be written.
        std::fs::create_dir(dir.path().join("rules.tmp")).unwrap();
        follower.take(revision(8, &[])).await;
        assert!(!feeds(&rules));
        assert!(stored(&dir.path().join("rules")).is_none());
    }

    #[tokio::test]
    async fn without_a_control_plane_the_rules_on_disk_are_obeyed() {
        let dir = tempfile::tempdir().unwrap();
        sealed::write(&dir.path().join("rules"), &revision(7, &["fraud"])).unwrap();
        let (mut follower, rules) = follower(dir.path());
        assert!(!feeds(&rules));
        follower.begin().await;
        assert!(feeds(&rules));
    }

    /// A follower of a control plane that is not there.
    fn follower(dir: &Path) -> (Follower, Rules) {
        let client = Client::new("http://127.0.0.1:9", None, "test").unwrap();
        Follower::new(client, "worker".parse().unwrap(), dir, Gauge::noop())
    }

    fn revision(number: u64, streams: &[&str]) -> RuleSet {
        let destination = serde_json::json!({ "id": STREAM, "events": {} });
        let destinations: serde_json::Map<_, _> =
            streams.iter().map(|stream| ((*stream).to_owned(), destination.clone())).collect();
        serde_json::from_value(serde_json::json!({ "revision": number, "destinations": destinations })).unwrap()
    }

    fn feeds(rules: &Rules) -> bool {
        let stream = STREAM.parse().unwrap();
        rules.borrow().as_ref().is_some_and(|router| router.outlet(stream).is_some())
    }
}
