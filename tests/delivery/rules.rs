//! A control plane that serves rules and nothing else, over real HTTP; a test decides when it is there.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Json, Router};
use fanner_model::{Destination, Format, PartitionBy, Permit, Revision, Route, RuleSet, StreamId};
use jiff::Timestamp;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Serves rules until it is dropped.
pub(crate) struct Rules {
    address: SocketAddr,
    rules: watch::Sender<RuleSet>,
    /// The newest revision that a fanner said it obeys.
    obeyed: watch::Sender<Option<u64>>,
    server: JoinHandle<()>,
}

#[derive(Deserialize)]
struct Asked {
    after: Option<u64>,
    wait: u64,
}

type Shared = (watch::Receiver<RuleSet>, watch::Sender<Option<u64>>);

impl Rules {
    /// Serves no rules at first.
    pub(crate) async fn serve() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (rules, served) = watch::channel(RuleSet::default());
        let obeyed = watch::Sender::new(None);
        let routes = Router::new().route("/v1/rules", get(answer)).with_state((served, obeyed.clone()));
        let server = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { address, rules, obeyed, server }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
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

/// An event that needs no permission but this one.
fn open() -> Route {
    Route { permits: vec![Permit::default()], ..Route::default() }
}

async fn answer(State((mut rules, obeyed)): State<Shared>, Query(asked): Query<Asked>) -> Json<RuleSet> {
    obeyed.send_if_modified(|newest| {
        let is_newer = *newest < asked.after;
        *newest = asked.after.max(*newest);
        is_newer
    });
    let is_newer = |rules: &RuleSet| asked.after.is_none_or(|after| after < rules.revision.0);
    let changed = tokio::time::timeout(Duration::from_secs(asked.wait), rules.wait_for(is_newer)).await;
    drop(changed);
    Json(rules.borrow().clone())
}
