//! `/v1/event-types/{name}/readers`

use axum::extract::State;
use axum::{Extension, Json};
use fanner_model::{EventName, Page, Problem, Reader};
use jiff::Timestamp;
use serde::Deserialize;

use super::extract::{Asked, Named, part};
use super::problem::Refusal;
use crate::access::Actor;
use crate::app::App;
use crate::ops;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Listing {
    /// The stream, a `/`, and the further subscription, after which the page begins.
    after: Option<String>,
    /// The most readers that the page may have, 1 to 500; left out, 100.
    limit: Option<u32>,
    /// The moment that is asked about; left out, now.
    at: Option<Timestamp>,
}

/// Lists the subscriptions that ask for an event, each with what comes of it and why.
#[utoipa::path(
    get, path = "/v1/event-types/{name}/readers", params(("name" = EventName, Path), Listing),
    responses((status = 200, body = Page<Reader>), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn list(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(name): Named<EventName>,
    Asked(Listing { after, limit, at }): Asked<Listing>,
) -> Result<Json<Page<Reader>>, Refusal> {
    Ok(Json(ops::reader::list(&app, &actor, &name, &part(after, limit)?, at).await?))
}
