//! `/bypass-report`

use std::fmt::Display;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Redirect;
use fanner_model::{Arn, BreakGlass, BypassReport, Code, Conclusion, GesReader, GesVerdict, Page};

use super::again::Form;
use super::badge::{self, Stated as _};
use super::shown::Shown;
use super::visit::Visit;
use crate::access::Action;
use crate::app::App;
use crate::error::Error;
use crate::http::{Asked, Paging, Refusal};
use crate::ops;

#[derive(Template)]
#[template(path = "bypass/report.html")]
struct ReportPage {
    visit: Visit,
    /// The newest report, or why there is none.
    report: Result<BypassReport, String>,
    /// Whether somebody said who may read, so that a report can be taken.
    is_watched: bool,
    known: Page<BreakGlass>,
}

impl ReportPage {
    /// The form in which security acknowledges this reader, if it is one that can be.
    fn form(&self, reader: &GesReader, number: impl Display) -> Option<Form<'_>> {
        let is_open = matches!(reader.verdict, GesVerdict::Bypass | GesVerdict::OneLock);
        let can_be = is_open && reader.who.parse::<Arn>().is_ok() && self.visit.may(Action::ChangeBreakGlass);
        can_be.then(|| self.visit.form("break-glass").about("arn", &reader.who, number))
    }
}

/// Shows who can read the Global Event Stream, by what, and what security knows of it.
pub(super) async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Asked(paging): Asked<Paging>,
) -> Result<Shown<impl Template>, Refusal> {
    let report = match ops::bypass::read(&app, &visit.actor).await {
        Err(Error::Refused(problem)) if problem.code == Code::NotFound => Err(problem.detail),
        other => Ok(other?),
    };
    let known = ops::break_glass::list(&app, &visit.actor, &paging.part()?).await?;
    Ok(Shown(ReportPage { visit, report, is_watched: ops::bypass::is_watched(&app), known }))
}

/// Looks at the account now.
pub(super) async fn take(State(app): State<App>, Extension(visit): Extension<Visit>) -> Result<Redirect, Refusal> {
    ops::bypass::take(&app, &visit.actor).await?;
    Ok(Redirect::to("/bypass-report"))
}
