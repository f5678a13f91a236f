//! `/streams`

use std::collections::BTreeMap;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use fanner_model::{EventName, Page, PartitionBy, Stream, StreamName, Subscription};
use jiff::Timestamp;

use super::badge::Stated as _;
use super::shown::Shown;
use super::visit::Visit;
use crate::app::App;
use crate::http::{Asked, Named, Paging, Refusal};
use crate::ops;

#[derive(Template)]
#[template(path = "stream/list.html")]
struct ListPage {
    visit: Visit,
    streams: Page<Stream>,
}

/// Lists the streams that the visitor may see.
pub(super) async fn list(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Asked(paging): Asked<Paging>,
) -> Result<Shown<impl Template>, Refusal> {
    let streams = ops::stream::list(&app, &visit.actor, &paging.part()?, false).await?;
    Ok(Shown(ListPage { visit, streams }))
}

#[derive(Template)]
#[template(path = "stream/show.html")]
struct StreamPage {
    visit: Visit,
    stream: Stream,
    subscriptions: Vec<Subscription>,
    /// When each event was last delivered.
    delivered: BTreeMap<EventName, Timestamp>,
}

/// Shows a stream: each event it asks for, whether it flows, and why.
pub(super) async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Named(name): Named<StreamName>,
) -> Result<Shown<impl Template>, Refusal> {
    let stream = ops::stream::read(&app, &visit.actor, &name, false).await?;
    let subscriptions = ops::subscription::of_stream(&app, &visit.actor, &stream).await?;
    let delivered = ops::delivery::last(&app, &visit.actor, &stream).await?;
    Ok(Shown(StreamPage { visit, stream, subscriptions, delivered }))
}
