//! Follows the control plane's rules, and keeps the last good set on disk: the data plane goes on when the control plane
//! is away, for as long as what it delivers allows.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fanner_client::Client;
use fanner_model::{Classification, Revision, SignedRules, WorkerId};
use jiff::{SignedDuration, Timestamp};
use metrics::Gauge;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tracing::{error, info, warn};

use crate::backoff::Backoff;
use crate::clock::Clock;
use crate::lane::UnderWay;
use crate::router::Router;
use crate::sealed;
use crate::trust::{Believed, Disbelief, Trust};

/// The rules in force, or none yet; whoever holds it sees every change, and every confirmation.
pub(crate) type Rules = watch::Receiver<Option<Arc<Router>>>;

/// How long the control plane may hold its answer back while there is nothing new.
const WAIT: Duration = Duration::from_secs(20);

/// How long a starting fanner waits for the control plane before it obeys the rules on its disk.
const FIRST: Duration = Duration::from_secs(3);

/// How often the control plane hears of a fanner that still waits for requests from before the rules changed.
const SIGN_OF_LIFE: Duration = Duration::from_secs(3);

/// How old the confirmation on disk may become while newer ones arrive.
const STORE_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// Follows the rules of one control plane.
#[derive(Debug)]
pub(crate) struct Follower {
    context: Context,
    path: PathBuf,
    known: Option<Known>,
    /// What the control plane was told that we obey.
    obeyed: Option<Revision>,
    publish: watch::Sender<Option<Arc<Router>>>,
    /// The least careful classification whose events wait for the rules to be confirmed.
    held: Option<Classification>,
}

/// What a follower needs.
#[derive(Debug)]
pub(crate) struct Context {
    pub client: Client,
    pub worker: WorkerId,
    pub trust: Trust,
    pub under_way: UnderWay,
    pub clock: Clock,
    pub revision: Gauge,
    pub unconfirmed_seconds: Gauge,
}

/// The last good rules.
#[derive(Debug)]
struct Known {
    revision: Revision,
    router: Router,
    kept: Kept,
    /// The confirmation that is on disk.
    stored_at: Option<Timestamp>,
}

/// The last good rules as they are kept on disk: nobody but who signed them can have altered them.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    signed: SignedRules,
    /// When they were last known to be the newest: when they were issued, or when they arrived here if that is earlier by
    /// our own clock.
    confirmed_at: Timestamp,
}

impl Follower {
    /// A follower that keeps its rules in `state_dir`.
    pub(crate) fn new(context: Context, state_dir: &Path) -> (Self, Rules) {
        let path = state_dir.join("rules");
        let known = stored(&path, &context);
        let (publish, rules) = watch::channel(None);
        (Self { context, known, path, obeyed: None, publish, held: None }, rules)
    }

    /// Follows until it is dropped.
    pub(crate) async fn follow(mut self) {
        self.begin().await;
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));
        loop {
            match self.next().await {
                Ok(()) => {
                    if 0 < backoff.attempt() {
                        info!("rules are followed again");
                        backoff.worked();
                    }
                }
                Err(failure) => {
                    let pause = backoff.failed();
                    if backoff.is_worth_a_line() {
                        failure.log(backoff.attempt());
                    }
                    tokio::time::sleep(pause).await;
                }
            }
            self.note_age();
        }
    }

    /// Puts the control plane's rules into force, or those on disk if it does not answer soon: they may be older than what
    /// was revoked while this fanner was down.
    async fn begin(&mut self) {
        let begun = match tokio::time::timeout(FIRST, self.ask(None, Duration::ZERO)).await {
            Ok(Ok(signed)) => self.take(signed).await.map_err(|disbelief| Failure::Refused(disbelief).log(1)),
            Ok(Err(_)) | Err(_) => Err(()),
        };
        if let (Err(()), Some(known)) = (begun, &self.known) {
            info!(revision = %known.revision, "rules were loaded from disk");
            self.publish();
        }
        self.note_age();
    }

    /// Waits for newer rules, or for those in force to be confirmed.
    async fn next(&mut self) -> Result<(), Failure> {
        let signed = self.ask(self.obeyed, WAIT).await.map_err(Failure::Unreachable)?;
        self.take(signed).await.map_err(Failure::Refused)
    }

    async fn ask(&self, obeyed: Option<Revision>, wait: Duration) -> Result<SignedRules, fanner_client::Error> {
        self.context.client.rules(&self.context.worker, obeyed, wait).await
    }

    /// Puts rules into force that differ from those in force, or notes that those are confirmed. They are on disk first, so
    /// that a restart does not bring back what was revoked; nor do rules that are older than those known.
    async fn take(&mut self, signed: SignedRules) -> Result<(), Disbelief> {
        let Believed { rules, issued_at } = self.context.trust.open_or_pin(&signed)?;
        let (offered, confirmed_at) = (rules.revision, issued_at.min(self.context.clock.now()));
        match &self.known {
            Some(known) if offered < known.revision => {
                return Err(Disbelief::Older { offered, known: known.revision });
            }
            Some(known) if signed.rules == known.kept.signed.rules => self.confirm(signed, confirmed_at).await,
            Some(_) | None => {
                info!(revision = %offered, streams = rules.destinations.len(), "rules changed");
                let kept = Kept { signed, confirmed_at };
                let router = Router::new(rules, confirmed_at);
                self.known = Some(Known { revision: offered, router, kept, stored_at: None });
                self.store().await;
                self.publish();
                self.settle().await;
            }
        }
        self.obeyed = Some(offered);
        Ok(())
    }

    /// The rules in force are still the newest.
    async fn confirm(&mut self, signed: SignedRules, confirmed_at: Timestamp) {
        let Some(known) = &mut self.known else { return };
        if known.kept.confirmed_at < confirmed_at {
            known.kept = Kept { signed, confirmed_at };
            known.router = known.router.confirmed(confirmed_at);
            if known.stored_at.is_none_or(|stored_at| STORE_EVERY <= confirmed_at.duration_since(stored_at)) {
                self.store().await;
            }
        }
        self.publish();
    }

    /// Waits until no request is under way that obeys earlier rules: only then are these obeyed by everybody.
    async fn settle(&self) {
        let settled = self.context.under_way.settled();
        tokio::pin!(settled);
        while tokio::time::timeout(SIGN_OF_LIFE, &mut settled).await.is_err() {
            // It is only to be heard; what is answered comes again.
            let _ = self.ask(self.obeyed, Duration::ZERO).await;
        }
    }

    /// Keeps the rules on disk. A disk that does not take them must not keep older ones either: a restart would obey them.
    async fn store(&mut self) {
        let Some(known) = &mut self.known else { return };
        let (path, kept) = (self.path.clone(), known.kept.clone());
        let written = tokio::task::spawn_blocking(move || {
            sealed::write(&path, &kept).inspect_err(|_| drop(std::fs::remove_file(&path)))
        });
        match written.await {
            Ok(Err(error)) => {
                error!(path = %self.path.display(), %error, "rules could not be stored; they are obeyed all the same");
            }
            Ok(Ok(())) | Err(_) => known.stored_at = Some(known.kept.confirmed_at),
        }
    }

    fn publish(&mut self) {
        let Some(known) = &self.known else { return };
        self.context.revision.set(known.revision.0 as f64);
        self.publish.send_replace(Some(Arc::new(known.router.clone())));
    }

    /// Says how long ago the rules were confirmed: to the metrics, and to the log when events begin or cease to wait for it.
    fn note_age(&mut self) {
        let Some(known) = &self.known else { return };
        let (router, now) = (&known.router, self.context.clock.now());
        self.context.unconfirmed_seconds.set(router.unconfirmed_for(now).as_secs_f64().max(0.0));
        let held = router.held(now);
        match (self.held, held) {
            (before, Some(least)) if before != Some(least) => {
                error!(confirmed_at = %known.kept.confirmed_at, classification = %least, "rules were not confirmed for too long; events of this classification or a more careful one wait");
            }
            (Some(_), None) => info!("rules are confirmed again; nothing waits for that any more"),
            _ => (),
        }
        self.held = held;
    }
}

/// Why there are no newer rules.
#[derive(Debug)]
enum Failure {
    Unreachable(fanner_client::Error),
    Refused(Disbelief),
}

impl Failure {
    fn log(&self, attempt: u32) {
        match self {
            Self::Unreachable(error) => {
                warn!(attempt, %error, "rules could not be fetched; the last ones stay in force");
            }
            Self::Refused(error) => error!(attempt, %error, "rules were refused; the last good ones stay in force"),
        }
    }
}

fn stored(path: &Path, context: &Context) -> Option<Known> {
    let refused = |error: &dyn std::fmt::Display| {
        error!(path = %path.display(), %error, "stored rules were refused; nothing is delivered until the control plane answers");
    };
    let kept: Kept = sealed::read(path).inspect_err(|error| refused(error)).ok()??;
    let Believed { rules, issued_at } = context.trust.open(&kept.signed).inspect_err(|error| refused(error)).ok()?;
    let confirmed_at = kept.confirmed_at.min(issued_at).min(context.clock.now());
    let revision = rules.revision;
    Some(Known { revision, router: Router::new(rules, confirmed_at), kept, stored_at: Some(confirmed_at) })
}

#[cfg(test)]
mod tests {
    use fanner_note::{Confirmation, RULES, Signer, digest};

    use super::*;

    const STREAM: &str = "018f6b1e-7c5a-7bd0-9d2c-0242ac120002";

    #[tokio::test]
    async fn older_rules_do_not_come_back() {
        let dir = tempfile::tempdir().unwrap();
        let (mut follower, rules) = follower(dir.path());
        follower.take(revision(8, &[])).await.unwrap();
        let error = follower.take(revision(7, &["revoked"])).await.unwrap_err().to_string();
        assert!(error.starts_with("revision 7 is older than 8, which is in force"), "{error}");
        assert!(!feeds(&rules));
        assert_eq!(follower.obeyed, Some(Revision(8)));
    }

    #[tokio::test]
    async fn a_disk_that_does_not_take_new_rules_keeps_no_older_ones() {
        let dir = tempfile::tempdir().unwrap();
        let (mut follower, rules) = follower(dir.path());
        follower.take(revision(7, &["revoked"])).await.unwrap();
        assert!(feeds(&rules));
        // A folder stands where the new file is to be written.
        std::fs::create_dir(dir.path().join("rules.tmp")).unwrap();
        follower.take(revision(8, &[])).await.unwrap();
        assert!(!feeds(&rules));
        assert!(stored(&dir.path().join("rules"), &context(dir.path())).is_none());
    }

    #[tokio::test]
    async fn without_a_control_plane_the_rules_on_disk_are_obeyed() {
        let dir = tempfile::tempdir().unwrap();
        follower(dir.path()).0.take(revision(7, &["fraud"])).await.unwrap();
        let (mut follower, rules) = follower(dir.path());
        assert!(!feeds(&rules));
        follower.begin().await;
        assert!(feeds(&rules));
    }

    #[tokio::test]
    async fn an_answer_that_is_replayed_confirms_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (mut follower, rules) = follower(dir.path());
        let (early, late) = (issued(7, &[], 1_000), issued(7, &[], 2_000));
        follower.take(late).await.unwrap();
        follower.take(early).await.unwrap();
        assert_eq!(age(&rules), 8_000);
    }

    #[tokio::test]
    async fn a_control_plane_whose_clock_is_ahead_confirms_no_longer_than_ours_says() {
        let dir = tempfile::tempdir().unwrap();
        let (mut follower, rules) = follower(dir.path());
        follower.take(issued(7, &[], 90_000)).await.unwrap();
        assert_eq!(age(&rules), 0);
        let again = stored(&dir.path().join("rules"), &context(dir.path())).unwrap();
        assert_eq!(again.kept.confirmed_at, at(10_000));
    }

    /// A follower of a control plane that is not there, ten thousand seconds after the beginning of time.
    fn follower(dir: &Path) -> (Follower, Rules) {
        Follower::new(context(dir), dir)
    }

    fn context(dir: &Path) -> Context {
        Context {
            client: Client::new("http://127.0.0.1:9", None, "test").unwrap(),
            worker: "worker".parse().unwrap(),
            trust: Trust::new(vec![signer().verifier().clone()], dir).unwrap(),
            under_way: UnderWay::default(),
            clock: Clock::of(|| at(10_000)),
            revision: Gauge::noop(),
            unconfirmed_seconds: Gauge::noop(),
        }
    }

    fn signer() -> Signer {
        Signer::new(RULES, &[1; 32])
    }

    fn revision(number: u64, streams: &[&str]) -> SignedRules {
        issued(number, streams, 10_000)
    }

    fn issued(number: u64, streams: &[&str], second: i64) -> SignedRules {
        let destination = serde_json::json!({ "id": STREAM, "events": {} });
        let destinations: serde_json::Map<_, _> =
            streams.iter().map(|stream| ((*stream).to_owned(), destination.clone())).collect();
        let rules = serde_json::json!({ "revision": number, "destinations": destinations }).to_string();
        let note = Confirmation { issued_at: at(second), rules: digest(&rules) }.sign(&signer());
        SignedRules { rules, note, key: signer().verifier().to_string() }
    }

    fn feeds(rules: &Rules) -> bool {
        let stream = STREAM.parse().unwrap();
        rules.borrow().as_ref().is_some_and(|router| router.outlet(stream).is_some())
    }

    /// How many seconds ago the rules in force were confirmed.
    fn age(rules: &Rules) -> i64 {
        rules.borrow().as_ref().expect("there are rules").unconfirmed_for(at(10_000)).as_secs()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }
}
