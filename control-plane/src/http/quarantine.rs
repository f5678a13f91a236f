//! `/v1/quarantines`

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use fanner_model::{Page, Problem, Quarantine, QuarantineId, QuarantineSpec};

use super::extract::{Asked, Body, Named, Paging};
use super::problem::Refusal;
use crate::access::Actor;
use crate::app::App;
use crate::ops;

/// Lists quarantines that were not ended.
#[utoipa::path(
    get, path = "/v1/quarantines", params(Paging),
    responses((status = 200, body = Page<Quarantine>), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn list(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<Quarantine>>, Refusal> {
    Ok(Json(ops::link::quarantines(&app, &actor, &paging.part()?).await?))
}

/// Reads one.
#[utoipa::path(
    get, path = "/v1/quarantines/{id}", params(("id" = QuarantineId, Path)),
    responses((status = 200, body = Quarantine), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn read(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<QuarantineId>,
) -> Result<Json<Quarantine>, Refusal> {
    Ok(Json(ops::link::quarantine(&app, &actor, id).await?))
}

/// Stops deliveries at once, whatever permits them. The caller chooses the id.
#[utoipa::path(
    put, path = "/v1/quarantines/{id}", params(("id" = QuarantineId, Path)), request_body = QuarantineSpec,
    responses((status = 200, body = Quarantine), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn put(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<QuarantineId>,
    Body(spec): Body<QuarantineSpec>,
) -> Result<Json<Quarantine>, Refusal> {
    Ok(Json(ops::link::isolate(&app, &actor, id, &spec).await?))
}

/// Lifts a quarantine.
#[utoipa::path(
    delete, path = "/v1/quarantines/{id}", params(("id" = QuarantineId, Path)),
    responses((status = 204), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn delete(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<QuarantineId>,
) -> Result<StatusCode, Refusal> {
    ops::link::lift(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
