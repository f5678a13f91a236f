//! `/v1/rules`

use axum::extract::State;
use axum::{Extension, Json};
use fanner_model::{Problem, Revision, SignedRules, WorkerId};
use serde::Deserialize;

use super::extract::{Asked, wait};
use super::problem::Refusal;
use crate::access::Actor;
use crate::app::App;
use crate::ops;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Following {
    /// The fanner that asks.
    worker: WorkerId,
    /// The revision that it obeys; left out: none.
    after: Option<Revision>,
    /// Seconds to wait for a newer one, at most 60.
    #[serde(default)]
    wait: u64,
}

/// Answers as soon as there are rules that are newer than `after`, and otherwise, at the end of the wait, confirms those
/// that there are. Asking says that the worker obeys `after`.
#[utoipa::path(
    get, path = "/v1/rules", params(Following),
    responses((status = 200, body = SignedRules), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn follow(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Asked(Following { worker, after, wait: seconds }): Asked<Following>,
) -> Result<Json<SignedRules>, Refusal> {
    Ok(Json(ops::rules::follow(&app, &actor, &worker, after, wait(seconds)).await?))
}
