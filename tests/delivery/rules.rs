//! A control plane that serves signed rules and nothing else, over real HTTP; a test decides when it is there, and what
//! somebody in between makes of its answers.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use fanner_model::{
    Classification, Destination, Format, PartitionBy, Permit, Revision, Route, RuleSet, SignedRules, StreamId,
};
use fanner_note::{Confirmation, RULES, Signer, Verifier, digest};
use jiff::Timestamp;
use parking_lot::Mutex;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Serves rules until it is dropped.
pub(crate) struct Rules {
    address: SocketAddr,
    rules: watch::Sender<RuleSet>,
    between: Between,
    /// The newest revision that a fanner said it obeys.
    obeyed: watch::Sender<Option<u64>>,
    gone: CancellationToken,
    server: JoinHandle<()>,
}

#[derive(Deserialize)]
struct Asked {
    after: Option<u64>,
    wait: u64,
}

/// What becomes of an answer on its way.
type Between = Arc<Mutex<Box<dyn Fn(SignedRules) -> SignedRules + Send>>>;

#[derive(Clone)]
struct Shared {
    rules: watch::Receiver<RuleSet>,
    obeyed: watch::Sender<Option<u64>>,
    between: Between,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    gone: CancellationToken,
}

impl Rules {
    /// Serves no rules at first. What time it is there, `now` says.
    pub(crate) async fn serve(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (rules, served) = watch::channel(RuleSet::default());
        let obeyed = watch::Sender::new(None);
        let gone = CancellationToken::new();
        let between: Between = Arc::new(Mutex::new(Box::new(|signed| signed)));
        let shared = Shared {
            rules: served,
            obeyed: obeyed.clone(),
            between: between.clone(),
            now: Arc::new(now),
            gone: gone.clone(),
        };
        let routes = Router::new().route("/v1/rules", get(answer)).with_state(shared);
        let server = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { address, rules, between, obeyed, gone, server }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What verifies its signatures.
    pub(crate) fn key(&self) -> Verifier {
        signer(1).verifier().clone()
    }

    /// Lets somebody in between change every answer.
    pub(crate) fn tamper(&self, change: impl Fn(SignedRules) -> SignedRules + Send + 'static) {
        *self.between.lock() = Box::new(change);
    }

    /// Answers who waits though nothing is new: the rules are confirmed.
    pub(crate) fn confirm(&self) {
        self.rules.send_modify(|_| ());
    }

    /// Changes the rules, and gives them the next revision.
    pub(crate) fn change(&self, change: impl FnOnce(&mut RuleSet)) {
        self.rules.send_modify(|rules| {
            change(rules);
            rules.revision = Revision(rules.revision.0 + 1);
        });
    }

    /// Gives `stream` these events, and nothing else.
    pub(crate) fn give(&self, stream: &str, events: &[&str]) {
        self.change(|rules| {
            let name = stream.parse().unwrap();
            let destination = rules.destinations.entry(name).or_insert_with(destination);
            destination.events = events.iter().map(|event| (event.parse().unwrap(), open())).collect();
        });
    }

    /// Ends what `stream` gets at `end`.
    pub(crate) fn end_at(&self, stream: &str, end: Timestamp) {
        self.change_stream(stream, |destination| {
            let permits = destination.events.values_mut().flat_map(|route| &mut route.permits);
            permits.for_each(|permit| permit.not_after = Some(end));
        });
    }

    /// Masks a field in all that `stream` gets.
    pub(crate) fn mask(&self, stream: &str, field: &str) {
        self.change_stream(stream, |destination| {
            let permits = destination.events.values_mut().flat_map(|route| &mut route.permits);
            permits.for_each(|permit| permit.mask = [field.parse().unwrap()].into());
        });
    }

    /// Says how carefully all must be handled that `stream` gets.
    pub(crate) fn classify(&self, stream: &str, classification: Classification) {
        self.change_stream(stream, |destination| {
            destination.events.values_mut().for_each(|route| route.classification = classification);
        });
    }

    /// Changes what the records of `stream` look like.
    pub(crate) fn shape(&self, stream: &str, format: Format, partition_by: Option<PartitionBy>) {
        self.change_stream(stream, |destination| {
            (destination.format, destination.partition_by) = (format, partition_by);
        });
    }

    /// Takes `stream` out of the rules.
    pub(crate) fn remove(&self, stream: &str) {
        self.change(|rules| {
            rules.destinations.remove(&stream.parse().unwrap());
        });
    }

    /// Waits until the fanner has said that it obeys the newest revision.
    pub(crate) async fn obeyed(&self) {
        let newest = self.rules.borrow().revision.0;
        self.obeyed.subscribe().wait_for(|obeyed| Some(newest) <= *obeyed).await.unwrap();
    }

    /// Is no longer there: connections break, and new ones are refused.
    pub(crate) async fn vanish(&mut self) {
        self.gone.cancel();
        self.server.abort();
        let _ = (&mut self.server).await;
    }

    fn change_stream(&self, stream: &str, change: impl FnOnce(&mut Destination)) {
        self.change(|rules| change(rules.destinations.get_mut(&stream.parse().unwrap()).unwrap()));
    }
}

impl Drop for Rules {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn destination() -> Destination {
    Destination { id: StreamId::random(), format: Format::default(), partition_by: None, events: BTreeMap::new() }
}

/// An event that needs no permission but this one, and no care.
fn open() -> Route {
    Route { permits: vec![Permit::default()], classification: Classification::Public }
}

/// What a control plane with this key signs at `now`.
pub(crate) fn signed(rules: &RuleSet, seed: u8, now: Timestamp) -> SignedRules {
    let rules = serde_json::to_string(rules).unwrap();
    let note = Confirmation { issued_at: now, rules: digest(&rules) }.sign(&signer(seed));
    SignedRules { rules, note, key: signer(seed).verifier().to_string() }
}

fn signer(seed: u8) -> Signer {
    Signer::new(RULES, &[seed; 32])
}

async fn answer(State(shared): State<Shared>, Query(asked): Query<Asked>) -> Result<Json<SignedRules>, StatusCode> {
    let Shared { mut rules, obeyed, between, now, gone } = shared;
    obeyed.send_if_modified(|newest| {
        let is_newer = *newest < asked.after;
        *newest = asked.after.max(*newest);
        is_newer
    });
    let is_newer = asked.after.is_none_or(|after| after < rules.borrow_and_update().revision.0);
    if !is_newer {
        let wait = gone.run_until_cancelled(tokio::time::timeout(Duration::from_secs(asked.wait), rules.changed()));
        let _ = wait.await;
    }
    if gone.is_cancelled() {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    let answer = signed(&rules.borrow(), 1, now());
    Ok(Json((between.lock())(answer)))
}
