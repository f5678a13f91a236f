//! `/impact`: what a policy would change, asked before it does.

use std::collections::BTreeMap;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use fanner_model::{Direction, Effect, PolicyChange, PolicyImpact, PolicyName};
use serde::Deserialize;

use super::form::Filled;
use super::shown::Shown;
use super::visit::Visit;
use crate::app::App;
use crate::error::Error;
use crate::http::{Asked, Refusal};
use crate::ops;

/// The document whose text the form begins with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    policy: Option<PolicyName>,
}

/// The text that a document would have.
#[derive(Debug, Deserialize)]
pub(super) struct Draft {
    policy: PolicyName,
    #[serde(default)]
    text: String,
}

#[derive(Template)]
#[template(path = "impact.html")]
struct ImpactPage {
    visit: Visit,
    draft: Draft,
    impact: Option<PolicyImpact>,
}

/// Asks for the text.
pub(super) async fn ask(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Asked(Wanted { policy }): Asked<Wanted>,
) -> Result<Shown<impl Template>, Refusal> {
    let policy = policy.unwrap_or_else(ops::policy::shipped);
    let text = ops::policy::read(&app, &visit.actor, &policy).await?.spec.text;
    Ok(Shown(ImpactPage { visit, draft: Draft { policy, text }, impact: None }))
}

/// Shows who would gain and lose what, above the text, which can be changed and tried again. Nothing is done.
pub(super) async fn tell(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Filled(draft): Filled<Draft>,
) -> Result<Shown<impl Template>, Refusal> {
    let put = BTreeMap::from([(draft.policy.clone(), draft.text.clone())]);
    let change = PolicyChange { put, ..PolicyChange::default() };
    let impact = ops::impact::of(&app, &visit.actor, &change).await.map_err(in_the_text)?;
    Ok(Shown(ImpactPage { visit, draft, impact: Some(impact) }))
}

/// The form has one document, so that whatever is wrong with a document is wrong with its text.
fn in_the_text(error: Error) -> Error {
    match error {
        Error::Refused(problem) if problem.field.is_some() => Error::Refused(problem.at("text")),
        other => other,
    }
}
