//! `/audit`

use askama::Template;
use axum::Extension;
use axum::extract::State;
use fanner_audit::{Entry, Outcome};
use fanner_model::{AuditCheckpoint, AuditRecord, Code, Page};

use super::shown::Shown;
use super::visit::Visit;
use crate::app::App;
use crate::error::Error;
use crate::http::{Asked, Paging, Refusal};
use crate::ops;

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    visit: Visit,
    /// Each place of the log with its entry, if it has one that can be read.
    places: Vec<(u64, Option<Entry>)>,
    next: Option<String>,
    checkpoint: Option<AuditCheckpoint>,
}

/// Shows the log, place by place, and what was signed last.
pub(super) async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Asked(paging): Asked<Paging>,
) -> Result<Shown<impl Template>, Refusal> {
    let Page { items, next } = ops::audit::entries(&app, &visit.actor, &paging.part()?).await?;
    let checkpoint = match ops::audit::checkpoint(&app, &visit.actor).await {
        Err(Error::Refused(problem)) if problem.code == Code::NotFound => None,
        other => Some(other?),
    };
    let place = |AuditRecord { seq, text, .. }: AuditRecord| (seq, text.and_then(|text| Entry::parse(&text).ok()));
    Ok(Shown(AuditPage { visit, places: items.into_iter().map(place).collect(), next, checkpoint }))
}
