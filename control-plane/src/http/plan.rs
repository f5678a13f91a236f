//! `/v1/plan`

use axum::extract::State;
use axum::{Extension, Json};
use fanner_model::{PlanAnswer, PlanRequest, Problem};

use super::extract::Body;
use super::problem::Refusal;
use crate::access::Actor;
use crate::app::App;
use crate::ops;

/// Says what a change would do, without doing it.
#[utoipa::path(
    post, path = "/v1/plan", request_body = PlanRequest,
    responses((status = 200, body = PlanAnswer), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn plan(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Body(request): Body<PlanRequest>,
) -> Result<Json<PlanAnswer>, Refusal> {
    Ok(Json(ops::plan::plan(&app, &actor, &request).await?))
}
