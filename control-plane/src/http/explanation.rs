//! `/v1/decisions/explain`

use axum::extract::State;
use axum::{Extension, Json};
use fanner_model::{EventName, Explanation, Problem, StreamName};
use jiff::Timestamp;
use serde::Deserialize;

use super::extract::Asked;
use super::problem::Refusal;
use crate::access::Actor;
use crate::app::App;
use crate::ops;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Matter {
    stream: StreamName,
    event: EventName,
    /// The moment that is asked about; left out, now.
    at: Option<Timestamp>,
}

/// Says why a stream had an event at a moment, or did not: the decision of then, given again.
#[utoipa::path(
    get, path = "/v1/decisions/explain", params(Matter),
    responses((status = 200, body = Explanation), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn explain(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Asked(Matter { stream, event, at }): Asked<Matter>,
) -> Result<Json<Explanation>, Refusal> {
    Ok(Json(ops::explanation::explain(&app, &actor, &stream, &event, at).await?))
}
