//! `/v1/bypass-report`

use axum::extract::State;
use axum::{Extension, Json};
use fanner_model::{BypassReport, Problem};

use super::problem::Refusal;
use crate::access::Actor;
use crate::app::App;
use crate::ops;

/// Tells who can read the Global Event Stream without the fanner, from the newest look at the account.
#[utoipa::path(
    get, path = "/v1/bypass-report",
    responses((status = 200, body = BypassReport), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn read(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
) -> Result<Json<BypassReport>, Refusal> {
    Ok(Json(ops::bypass::read(&app, &actor).await?))
}

/// Looks at the account now, which takes minutes if it is large, and tells the same.
#[utoipa::path(
    post, path = "/v1/bypass-report",
    responses((status = 200, body = BypassReport), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn take(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
) -> Result<Json<BypassReport>, Refusal> {
    Ok(Json(ops::bypass::take(&app, &actor).await?))
}
