//! `/v1/reviews/findings`

use axum::extract::State;
use axum::{Extension, Json};
use fanner_model::{Finding, Page, Problem};
use jiff::SignedDuration;
use serde::Deserialize;

use super::extract::{Asked, part};
use super::problem::Refusal;
use crate::access::Actor;
use crate::app::App;
use crate::ops;
use crate::ops::finding::Limits;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// The key after which the page begins.
    after: Option<String>,
    /// The most findings that the page may have, 1 to 500; left out, 100.
    limit: Option<u32>,
    /// After so many days without a delivery a right counts as unused; left out, 90.
    unused_days: Option<u16>,
    /// A right that ends within so many days counts as expiring; left out, 30.
    expiring_days: Option<u16>,
}

/// Lists the grants and standing permissions that should be looked at: unused, expiring, orphaned, over-broad.
#[utoipa::path(
    get, path = "/v1/reviews/findings", params(Wanted),
    responses((status = 200, body = Page<Finding>), (status = "4XX", body = Problem), (status = "5XX", body = Problem))
)]
pub(super) async fn list(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Asked(Wanted { after, limit, unused_days, expiring_days }): Asked<Wanted>,
) -> Result<Json<Page<Finding>>, Refusal> {
    let limits = Limits { unused: days(unused_days.unwrap_or(90)), expiring: days(expiring_days.unwrap_or(30)) };
    Ok(Json(ops::finding::list(&app, &actor, &part(after, limit)?, limits).await?))
}

fn days(days: u16) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(days))
}
