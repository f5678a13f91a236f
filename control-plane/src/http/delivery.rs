//! `/v1/deliveries`

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use fanner_model::{DeliveryReport, Problem};

use super::extract::Body;
use super::problem::Refusal;
use crate::access::Actor;
use crate::app::App;
use crate::ops;

/// Notes when a fanner last delivered which event to which stream.
#[utoipa::path(
    post, path = "/v1/deliveries", request_body = DeliveryReport,
    responses((status = 204), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn report(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Body(DeliveryReport { deliveries }): Body<DeliveryReport>,
) -> Result<StatusCode, Refusal> {
    ops::delivery::report(&app, &actor, &deliveries).await?;
    Ok(StatusCode::NO_CONTENT)
}
