//! `/findings`

use askama::Template;
use axum::Extension;
use axum::extract::State;
use fanner_model::{Events, Finding, Page, RightId};
use jiff::SignedDuration;

use super::shown::Shown;
use super::visit::Visit;
use crate::app::App;
use crate::http::{Asked, Paging, Refusal};
use crate::ops;
use crate::ops::finding::Limits;

/// How long nothing must have been delivered, and how near an end must be, for a right to be worth a look.
const LIMITS: Limits =
    Limits { unused: SignedDuration::from_hours(90 * 24), expiring: SignedDuration::from_hours(30 * 24) };

#[derive(Template)]
#[template(path = "finding/list.html")]
struct ListPage {
    visit: Visit,
    findings: Page<Finding>,
}

/// Lists what a reviewer should look at.
pub(super) async fn list(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Asked(paging): Asked<Paging>,
) -> Result<Shown<impl Template>, Refusal> {
    let findings = ops::finding::list(&app, &visit.actor, &paging.part()?, LIMITS).await?;
    Ok(Shown(ListPage { visit, findings }))
}
