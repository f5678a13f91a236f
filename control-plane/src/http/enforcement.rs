//! `/v1/fanners` and `/v1/enforcements`

use axum::extract::State;
use axum::{Extension, Json};
use fanner_model::{Enforcement, Fanner, Page, Problem, Revision};
use serde::Deserialize;

use super::extract::{Asked, Paging, part};
use super::problem::Refusal;
use crate::access::Actor;
use crate::app::App;
use crate::ops;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// The revision after which the page begins.
    after: Option<Revision>,
    /// The most items that the page may have, 1 to 500; left out, 100.
    limit: Option<u32>,
    /// Only those that are not in force everywhere.
    #[serde(default)]
    open: bool,
}

/// Lists the fanners that were live within the last day, and which revision of the rules each obeys.
#[utoipa::path(
    get, path = "/v1/fanners", params(Paging),
    responses((status = 200, body = Page<Fanner>), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn fanners(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<Fanner>>, Refusal> {
    Ok(Json(ops::enforcement::fanners(&app, &actor, &paging.part()?).await?))
}

/// Lists decisions about access in the order in which they were made, and how far each is in force at the fanners.
#[utoipa::path(
    get, path = "/v1/enforcements", params(Wanted),
    responses((status = 200, body = Page<Enforcement>), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn list(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Asked(Wanted { after, limit, open }): Asked<Wanted>,
) -> Result<Json<Page<Enforcement>>, Refusal> {
    let limit = part(None, limit)?.limit;
    Ok(Json(ops::enforcement::list(&app, &actor, after.unwrap_or_default(), limit, open).await?))
}
