//! `/policies`

use askama::Template;
use axum::Extension;
use axum::extract::State;
use fanner_model::{Page, Policy, PolicyName};

use super::shown::Shown;
use super::visit::Visit;
use crate::app::App;
use crate::http::{Asked, Named, Paging, Refusal};
use crate::ops;
use crate::ops::policy::Version;

#[derive(Template)]
#[template(path = "policy/list.html")]
struct ListPage {
    visit: Visit,
    policies: Page<Policy>,
}

/// Lists the documents that decide.
pub(super) async fn list(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Asked(paging): Asked<Paging>,
) -> Result<Shown<impl Template>, Refusal> {
    let policies = ops::policy::list(&app, &visit.actor, &paging.part()?).await?;
    Ok(Shown(ListPage { visit, policies }))
}

#[derive(Template)]
#[template(path = "policy/show.html")]
struct PolicyPage {
    visit: Visit,
    policy: Policy,
    versions: Vec<Version>,
}

/// Shows a document: its text now, and what it was before.
pub(super) async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Named(name): Named<PolicyName>,
) -> Result<Shown<impl Template>, Refusal> {
    let policy = ops::policy::read(&app, &visit.actor, &name).await?;
    let versions = ops::policy::versions(&app, &visit.actor, &name).await?;
    Ok(Shown(PolicyPage { visit, policy, versions }))
}
