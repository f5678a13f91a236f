//! `/v1/teams`

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use fanner_model::{Page, Problem, Team, TeamName, TeamSpec};

use super::extract::{Asked, Body, Guarded, Named, Paging, Tagged};
use super::problem::Refusal;
use crate::access::Actor;
use crate::app::App;
use crate::ops;

/// Lists teams in the order of their names.
#[utoipa::path(
    get, path = "/v1/teams", params(Paging),
    responses((status = 200, body = Page<Team>), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn list(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<Team>>, Refusal> {
    Ok(Json(ops::team::list(&app, &actor, &paging.part()?).await?))
}

/// Reads one team.
#[utoipa::path(
    get, path = "/v1/teams/{name}", params(("name" = TeamName, Path)),
    responses((status = 200, body = Team), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn read(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(name): Named<TeamName>,
) -> Result<Tagged<Team>, Refusal> {
    let team = ops::team::read(&app, &actor, &name).await?;
    Ok(Tagged(team.version, team))
}

/// Describes a team.
#[utoipa::path(
    put, path = "/v1/teams/{name}", params(("name" = TeamName, Path)), request_body = TeamSpec,
    responses((status = 200, body = Team), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn put(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(name): Named<TeamName>,
    Guarded(guard): Guarded,
    Body(spec): Body<TeamSpec>,
) -> Result<Tagged<Team>, Refusal> {
    let team = ops::team::put(&app, &actor, &name, &spec, &guard).await?;
    Ok(Tagged(team.version, team))
}

/// Forgets the description of a team.
#[utoipa::path(
    delete, path = "/v1/teams/{name}", params(("name" = TeamName, Path)),
    responses((status = 204), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn delete(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(name): Named<TeamName>,
    Guarded(guard): Guarded,
) -> Result<StatusCode, Refusal> {
    ops::team::delete(&app, &actor, &name, &guard).await?;
    Ok(StatusCode::NO_CONTENT)
}
