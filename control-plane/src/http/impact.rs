//! `/v1/policies/impact`

use axum::extract::State;
use axum::{Extension, Json};
use fanner_model::{PolicyChange, PolicyImpact, Problem};

use super::extract::Body;
use super::problem::Refusal;
use crate::access::Actor;
use crate::app::App;
use crate::ops;

/// Says who would gain and lose what if policies were changed, without changing them.
#[utoipa::path(
    post, path = "/v1/policies/impact", request_body = PolicyChange,
    responses((status = 200, body = PolicyImpact), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn of(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Body(change): Body<PolicyChange>,
) -> Result<Json<PolicyImpact>, Refusal> {
    Ok(Json(ops::impact::of(&app, &actor, &change).await?))
}
