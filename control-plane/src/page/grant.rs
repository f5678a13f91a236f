//! `/grants`

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Redirect;
use fanner_model::{Code, Grant, GrantId, Page, Problem, Reason};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::badge;
use super::form::Filled;
use super::shown::Shown;
use super::visit::Visit;
use crate::access::Action;
use crate::app::App;
use crate::http::{Asked, Named, Refusal, part};
use crate::ops;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    after: Option<String>,
    /// Those that have ended as well.
    #[serde(default)]
    all: bool,
}

#[derive(Template)]
#[template(path = "grant/list.html")]
struct ListPage {
    visit: Visit,
    all: bool,
    grants: Page<Grant>,
}

/// Lists the grants that concern the visitor.
pub(super) async fn list(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Asked(Wanted { after, all }): Asked<Wanted>,
) -> Result<Shown<impl Template>, Refusal> {
    let grants = ops::grant::list(&app, &visit.actor, &part(after, None)?, !all).await?;
    Ok(Shown(ListPage { visit, all, grants }))
}

#[derive(Template)]
#[template(path = "grant/show.html")]
struct GrantPage {
    visit: Visit,
    grant: Grant,
    is_own: bool,
}

/// Shows a grant, and what the visitor may do with it.
pub(super) async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Named(id): Named<GrantId>,
) -> Result<Shown<impl Template>, Refusal> {
    let grant = ops::grant::read(&app, &visit.actor, id).await?;
    let is_own = visit.actor.acts_for(&grant.team);
    Ok(Shown(GrantPage { visit, grant, is_own }))
}

/// Takes a grant back.
pub(super) async fn revoke(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Named(id): Named<GrantId>,
    Filled(Reason { reason }): Filled<Reason>,
) -> Result<Redirect, Refusal> {
    ops::grant::revoke(&app, &visit.actor, id, &reason).await?;
    Ok(Redirect::to(&format!("/grants/{id}")))
}

/// The last day that a grant is to cover.
#[derive(Debug, Deserialize)]
pub(super) struct Longer {
    last_day: Option<Date>,
}

/// Asks for a grant to last longer.
pub(super) async fn extend(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Named(id): Named<GrantId>,
    Filled(Longer { last_day }): Filled<Longer>,
) -> Result<Redirect, Refusal> {
    let until = last_day.map(end_of).transpose()?;
    let request = ops::grant::extend(&app, &visit.actor, id, until).await?;
    Ok(Redirect::to(&format!("/requests/{}", request.id)))
}

/// The moment at which a day is over.
pub(super) fn end_of(day: Date) -> Result<Timestamp, Problem> {
    let end = day.tomorrow().and_then(|next| next.to_zoned(TimeZone::UTC));
    let wrong =
        |_| Problem::new(Code::InvalidField, format!("`{day}` is no day that a grant could last to")).at("last_day");
    end.map(|end| end.timestamp()).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_last_day_is_covered_to_its_end() {
        let end = |day: &str| end_of(day.parse().unwrap()).map(|end| end.to_string());
        assert_eq!(end("2027-02-28").unwrap(), "2027-03-01T00:00:00Z");
        assert!(end("9999-12-31").is_err());
    }
}
