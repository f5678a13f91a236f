//! `/v1/teams/{name}/access`

use axum::extract::State;
use axum::{Extension, Json};
use fanner_model::{Page, Problem, StreamAccess, TeamName};

use super::extract::{Asked, Named, Paging};
use super::problem::Refusal;
use crate::access::Actor;
use crate::app::App;
use crate::ops;

/// Lists a team's streams, each with what it can read and what is one approval away.
#[utoipa::path(
    get, path = "/v1/teams/{name}/access", params(("name" = TeamName, Path), Paging),
    responses((status = 200, body = Page<StreamAccess>), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn list(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Named(name): Named<TeamName>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<StreamAccess>>, Refusal> {
    Ok(Json(ops::team_access::list(&app, &actor, &name, &paging.part()?).await?))
}
