//! `/v1/permissions`

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use fanner_model::{Page, Permission, PermissionId, PermissionSpec, Problem};

use super::extract::{Asked, Body, Named, Paging};
use super::problem::Refusal;
use crate::access::Actor;
use crate::app::App;
use crate::ops;

/// Lists standing permissions that were not ended.
#[utoipa::path(
    get, path = "/v1/permissions", params(Paging),
    responses((status = 200, body = Page<Permission>), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn list(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<Permission>>, Refusal> {
    Ok(Json(ops::link::permissions(&app, &actor, &paging.part()?).await?))
}

/// Reads one.
#[utoipa::path(
    get, path = "/v1/permissions/{id}", params(("id" = PermissionId, Path)),
    responses((status = 200, body = Permission), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn read(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<PermissionId>,
) -> Result<Json<Permission>, Refusal> {
    Ok(Json(ops::link::permission(&app, &actor, id).await?))
}

/// Permits a team to have events without asking. The caller chooses the id.
#[utoipa::path(
    put, path = "/v1/permissions/{id}", params(("id" = PermissionId, Path)), request_body = PermissionSpec,
    responses((status = 200, body = Permission), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn put(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<PermissionId>,
    Body(spec): Body<PermissionSpec>,
) -> Result<Json<Permission>, Refusal> {
    Ok(Json(ops::link::permit(&app, &actor, id, &spec).await?))
}

/// Takes a standing permission back.
#[utoipa::path(
    delete, path = "/v1/permissions/{id}", params(("id" = PermissionId, Path)),
    responses((status = 204), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn delete(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<PermissionId>,
) -> Result<StatusCode, Refusal> {
    ops::link::end_permission(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
