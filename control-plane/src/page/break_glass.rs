//! `/break-glass`: what is acknowledged, and taken back, on the page of the bypass report.

use axum::Extension;
use axum::extract::State;
use axum::response::Redirect;
use fanner_model::{Arn, BreakGlassId, BreakGlassSpec, limit};
use serde::Deserialize;

use super::day::LastDay;
use super::form::Filled;
use super::visit::Visit;
use crate::app::App;
use crate::http::{Named, Refusal};
use crate::ops;

/// A way around the fanner that is acknowledged, as its form sends it.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    arn: Arn,
    #[serde(deserialize_with = "limit::reason")]
    reason: String,
    /// The last day on which it counts.
    expires_at: LastDay,
}

/// Acknowledges a way around the fanner.
pub(super) async fn acknowledge(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Filled(Wanted { arn, reason, expires_at: LastDay(expires_at) }): Filled<Wanted>,
) -> Result<Redirect, Refusal> {
    let spec = BreakGlassSpec { arn, reason, expires_at };
    ops::break_glass::put(&app, &visit.actor, BreakGlassId::random(), &spec).await?;
    Ok(Redirect::to("/bypass-report"))
}

/// Takes an acknowledgement back.
pub(super) async fn retract(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Named(id): Named<BreakGlassId>,
) -> Result<Redirect, Refusal> {
    ops::break_glass::delete(&app, &visit.actor, id).await?;
    Ok(Redirect::to("/bypass-report"))
}
