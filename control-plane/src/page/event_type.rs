//! `/event-types`

use askama::Template;
use axum::Extension;
use axum::extract::State;
use fanner_model::{AccessRequest, EventName, EventType, Page, Reader};

use super::badge::Stated as _;
use super::shown::Shown;
use super::visit::Visit;
use crate::app::App;
use crate::http::{Asked, Named, Paging, Refusal};
use crate::ops;

#[derive(Template)]
#[template(path = "event_type/list.html")]
struct ListPage {
    visit: Visit,
    event_types: Page<EventType>,
}

/// Lists the catalog.
pub(super) async fn list(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Asked(paging): Asked<Paging>,
) -> Result<Shown<impl Template>, Refusal> {
    let event_types = ops::event_type::list(&app, &visit.actor, &paging.part()?).await?;
    Ok(Shown(ListPage { visit, event_types }))
}

#[derive(Template)]
#[template(path = "event_type/show.html")]
struct EventTypePage {
    visit: Visit,
    event_type: EventType,
    /// Who asks for it, for those who may know.
    readers: Option<Page<Reader>>,
    /// The requests for it that wait and that the visitor may see.
    requests: Vec<AccessRequest>,
}

/// Shows an event type: whose it is, how it must be handled, and who reads it.
pub(super) async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Named(name): Named<EventName>,
    Asked(paging): Asked<Paging>,
) -> Result<Shown<impl Template>, Refusal> {
    let event_type = ops::event_type::read(&app, &visit.actor, &name).await?;
    let readers = match visit.actor.acts_for(&event_type.team) {
        true => Some(ops::reader::list(&app, &visit.actor, &name, &paging.part()?, None).await?),
        false => None,
    };
    let requests = ops::access_request::about(&app, &visit.actor, &name).await?;
    Ok(Shown(EventTypePage { visit, event_type, readers, requests }))
}
