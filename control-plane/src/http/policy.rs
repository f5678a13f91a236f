//! `/v1/policies`

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use fanner_model::{Page, Policy, PolicyName, PolicySpec, Problem};

use super::extract::{Asked, Body, Guarded, Named, Paging, Tagged};
use super::problem::Refusal;
use crate::access::Actor;
use crate::app::App;
use crate::ops;

/// Lists the documents of policies that are in force in the order of their names.
#[utoipa::path(
    get, path = "/v1/policies", params(Paging),
    responses((status = 200, body = Page<Policy>), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn list(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<Policy>>, Refusal> {
    Ok(Json(ops::policy::list(&app, &actor, &paging.part()?).await?))
}

/// Reads one policy.
#[utoipa::path(
    get, path = "/v1/policies/{name}", params(("name" = PolicyName, Path)),
    responses((status = 200, body = Policy), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn read(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(name): Named<PolicyName>,
) -> Result<Tagged<Policy>, Refusal> {
    let policy = ops::policy::read(&app, &actor, &name).await?;
    Ok(Tagged(policy.version, policy))
}

/// Puts a document of policies in force.
#[utoipa::path(
    put, path = "/v1/policies/{name}", params(("name" = PolicyName, Path)), request_body = PolicySpec,
    responses((status = 200, body = Policy), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn put(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(name): Named<PolicyName>,
    Guarded(guard): Guarded,
    Body(spec): Body<PolicySpec>,
) -> Result<Tagged<Policy>, Refusal> {
    let policy = ops::policy::put(&app, &actor, &name, &spec, &guard).await?;
    Ok(Tagged(policy.version, policy))
}

/// Takes a document of policies out of force.
#[utoipa::path(
    delete, path = "/v1/policies/{name}", params(("name" = PolicyName, Path)),
    responses((status = 204), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn delete(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(name): Named<PolicyName>,
    Guarded(guard): Guarded,
) -> Result<StatusCode, Refusal> {
    ops::policy::delete(&app, &actor, &name, &guard).await?;
    Ok(StatusCode::NO_CONTENT)
}
