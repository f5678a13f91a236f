//! `/v1/break-glass`

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use fanner_model::{BreakGlass, BreakGlassId, BreakGlassSpec, Page, Problem};

use super::extract::{Asked, Body, Named, Paging};
use super::problem::Refusal;
use crate::access::Actor;
use crate::app::App;
use crate::ops;

/// Lists the ways around the fanner that are acknowledged. Some may be over.
#[utoipa::path(
    get, path = "/v1/break-glass", params(Paging),
    responses((status = 200, body = Page<BreakGlass>), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn list(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<BreakGlass>>, Refusal> {
    Ok(Json(ops::break_glass::list(&app, &actor, &paging.part()?).await?))
}

/// Reads one.
#[utoipa::path(
    get, path = "/v1/break-glass/{id}", params(("id" = BreakGlassId, Path)),
    responses((status = 200, body = BreakGlass), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn read(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<BreakGlassId>,
) -> Result<Json<BreakGlass>, Refusal> {
    Ok(Json(ops::break_glass::read(&app, &actor, id).await?))
}

/// Acknowledges a way around the fanner, for at most 90 days. The caller chooses the id.
#[utoipa::path(
    put, path = "/v1/break-glass/{id}", params(("id" = BreakGlassId, Path)), request_body = BreakGlassSpec,
    responses((status = 200, body = BreakGlass), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn put(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<BreakGlassId>,
    Body(spec): Body<BreakGlassSpec>,
) -> Result<Json<BreakGlass>, Refusal> {
    Ok(Json(ops::break_glass::put(&app, &actor, id, &spec).await?))
}

/// Takes an acknowledgement back.
#[utoipa::path(
    delete, path = "/v1/break-glass/{id}", params(("id" = BreakGlassId, Path)),
    responses((status = 204), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn delete(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<BreakGlassId>,
) -> Result<StatusCode, Refusal> {
    ops::break_glass::delete(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
