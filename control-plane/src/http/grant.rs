//! `/v1/grants`

use axum::extract::State;
use axum::{Extension, Json};
use fanner_model::{AccessRequest, Extension as Longer, Grant, GrantId, Page, Problem, Reason};
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
    /// Only those that permit something now.
    #[serde(default)]
    live: bool,
}

/// Lists the grants of the caller's team and those about its events, the oldest first.
#[utoipa::path(
    get, path = "/v1/grants", params(Wanted),
    responses((status = 200, body = Page<Grant>), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn list(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Asked(Wanted { after, limit, live }): Asked<Wanted>,
) -> Result<Json<Page<Grant>>, Refusal> {
    Ok(Json(ops::grant::list(&app, &actor, &part(after, limit)?, live).await?))
}

/// Reads one grant.
#[utoipa::path(
    get, path = "/v1/grants/{id}", params(("id" = GrantId, Path)),
    responses((status = 200, body = Grant), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn read(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<GrantId>,
) -> Result<Json<Grant>, Refusal> {
    Ok(Json(ops::grant::read(&app, &actor, id).await?))
}

/// Takes a grant back: its owner and security revoke it, its own team gives it back.
#[utoipa::path(
    post, path = "/v1/grants/{id}/revocation", params(("id" = GrantId, Path)), request_body = Reason,
    responses((status = 200, body = Grant), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn revoke(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<GrantId>,
    Body(body): Body<Reason>,
) -> Result<Json<Grant>, Refusal> {
    Ok(Json(ops::grant::revoke(&app, &actor, id, &body.reason).await?))
}

/// Asks for a grant to last longer.
#[utoipa::path(
    post, path = "/v1/grants/{id}/extension", params(("id" = GrantId, Path)), request_body = Longer,
    responses((status = 200, body = AccessRequest), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn extend(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(id): Named<GrantId>,
    Body(body): Body<Longer>,
) -> Result<Json<AccessRequest>, Refusal> {
    Ok(Json(ops::grant::extend(&app, &actor, id, body.until).await?))
}
