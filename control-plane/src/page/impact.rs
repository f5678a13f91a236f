//! `/impact`: what a policy would change, asked before it does.

use std::collections::BTreeMap;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
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
    policy: PolicyName,
    text: String,
    problem: Option<String>,
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
    Ok(Shown(ImpactPage { visit, policy, text, problem: None, impact: None }))
}

/// Shows who would gain and lose what, above the text, which can be changed and tried again. Nothing is done.
pub(super) async fn tell(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Filled(Draft { policy, text }): Filled<Draft>,
) -> Result<(StatusCode, Shown<impl Template>), Refusal> {
    let change = PolicyChange { put: BTreeMap::from([(policy.clone(), text.clone())]), ..PolicyChange::default() };
    let (status, problem, impact) = match ops::impact::of(&app, &visit.actor, &change).await {
        Ok(impact) => (StatusCode::OK, None, Some(impact)),
        Err(Error::Refused(problem)) if problem.field.is_some() => {
            (StatusCode::UNPROCESSABLE_ENTITY, Some(problem.detail), None)
        }
        Err(error) => return Err(error.into()),
    };
    Ok((status, Shown(ImpactPage { visit, policy, text, problem, impact })))
}
