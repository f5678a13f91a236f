//! `/v1/requests`

use axum::extract::State;
use axum::{Extension, Json};
use fanner_model::{AccessRequest, Comment, Page, Problem, Reason, RequestId};
use serde::Deserialize;

use super::extract::{Asked, Body, Named, part};
use super::problem::Refusal;
use crate::access::Actor;
use crate::app::App;
use crate::ops;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// The id after which the page begins.
    after: Option<String>,
    /// The most items that the page may have, 1 to 500; left out, 100.
    limit: Option<u32>,
    /// Only those that wait for somebody.
    #[serde(default)]
    pending: bool,
}

/// Lists the requests of the caller's team and those about its events, the oldest first.
#[utoipa::path(
    get, path = "/v1/requests", params(Wanted),
    responses((status = 200, body = Page<AccessRequest>), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn list(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Asked(Wanted { after, limit, pending }): Asked<Wanted>,
) -> Result<Json<Page<AccessRequest>>, Refusal> {
    Ok(Json(ops::access_request::list(&app, &actor, &part(after, limit)?, pending).await?))
}

/// Reads one request.
#[utoipa::path(
    get, path = "/v1/requests/{id}", params(("id" = RequestId, Path)),
    responses((status = 200, body = AccessRequest), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn read(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<RequestId>,
) -> Result<Json<AccessRequest>, Refusal> {
    Ok(Json(ops::access_request::read(&app, &actor, id).await?))
}

/// Approves a request in the caller's role; with the last approval that it needs it becomes a grant.
#[utoipa::path(
    post, path = "/v1/requests/{id}/approval", params(("id" = RequestId, Path)), request_body = Comment,
    responses((status = 200, body = AccessRequest), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn approve(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<RequestId>,
    Body(body): Body<Comment>,
) -> Result<Json<AccessRequest>, Refusal> {
    Ok(Json(ops::access_request::approve(&app, &actor, id, body.comment.as_deref()).await?))
}

/// Turns a request down.
#[utoipa::path(
    post, path = "/v1/requests/{id}/rejection", params(("id" = RequestId, Path)), request_body = Reason,
    responses((status = 200, body = AccessRequest), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn reject(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<RequestId>,
    Body(body): Body<Reason>,
) -> Result<Json<AccessRequest>, Refusal> {
    Ok(Json(ops::access_request::reject(&app, &actor, id, &body.reason).await?))
}

/// Takes a request back, for the team that made it.
#[utoipa::path(
    post, path = "/v1/requests/{id}/withdrawal", params(("id" = RequestId, Path)),
    responses((status = 200, body = AccessRequest), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn withdraw(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<RequestId>,
) -> Result<Json<AccessRequest>, Refusal> {
    Ok(Json(ops::access_request::withdraw(&app, &actor, id).await?))
}

/// Asks anew for what was rejected, taken back or revoked.
#[utoipa::path(
    post, path = "/v1/requests/{id}/renewal", params(("id" = RequestId, Path)),
    responses((status = 200, body = AccessRequest), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn renew(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<RequestId>,
) -> Result<Json<AccessRequest>, Refusal> {
    Ok(Json(ops::access_request::renew(&app, &actor, id).await?))
}
