//! `/v1/sightings`

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use fanner_model::{Page, Problem, Sighting, SightingReport};

use super::extract::{Asked, Body, Paging};
use super::problem::Refusal;
use crate::access::Actor;
use crate::app::App;
use crate::ops;

/// Lists the names that were seen on the Global Event Stream and that nobody declared, in their order.
#[utoipa::path(
    get, path = "/v1/sightings", params(Paging),
    responses((status = 200, body = Page<Sighting>), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn list(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<Sighting>>, Refusal> {
    Ok(Json(ops::sighting::list(&app, &actor, &paging.part()?).await?))
}

/// Notes names that a fanner saw and that its rules do not have. Those that are declared are passed over.
#[utoipa::path(
    post, path = "/v1/sightings", request_body = SightingReport,
    responses((status = 204), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn report(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Body(SightingReport { events }): Body<SightingReport>,
) -> Result<StatusCode, Refusal> {
    ops::sighting::report(&app, &actor, &events).await?;
    Ok(StatusCode::NO_CONTENT)
}
