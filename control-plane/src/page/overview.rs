//! `/`: what somebody who logs in wants to know first.

use askama::Template;
use axum::Extension;
use axum::extract::State;

use super::badge::Stated as _;
use super::shown::Shown;
use super::visit::Visit;
use crate::app::App;
use crate::http::Refusal;
use crate::ops;
use crate::ops::desk::Desk;

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    visit: Visit,
    desk: Desk,
}

/// Shows what waits for the visitor, and what its team has.
pub(super) async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
) -> Result<Shown<impl Template>, Refusal> {
    let desk = ops::desk::of(&app, &visit.actor).await?;
    Ok(Shown(OverviewPage { visit, desk }))
}
