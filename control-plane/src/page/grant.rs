//! `/grants`

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Redirect;
use fanner_model::{Fanner, Grant, GrantId, Obedience, Page, Reason};
use serde::Deserialize;

use super::badge::{self, Stated as _};
use super::day::LastDay;
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
    /// If it was revoked: the fanners that this concerns, for those who may see them.
    fanners: Vec<Fanner>,
}

/// Shows a grant, and what the visitor may do with it.
pub(super) async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Named(id): Named<GrantId>,
) -> Result<Shown<impl Template>, Refusal> {
    let grant = ops::grant::read(&app, &visit.actor, id).await?;
    let is_own = visit.actor.acts_for(&grant.team);
    let fanners = match grant.revoked.as_ref().and_then(|revoked| revoked.enforcement.as_ref()) {
        Some(enforcement) if visit.may(Action::ReadFanners) => {
            let fanners = ops::enforcement::every_fanner(&app, &visit.actor).await?;
            fanners.into_iter().filter(|fanner| fanner.is_live(enforcement.decided_at)).collect()
        }
        Some(_) | None => Vec::new(),
    };
    Ok(Shown(GrantPage { visit, grant, is_own, fanners }))
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
    until: Option<LastDay>,
}

/// Asks for a grant to last longer.
pub(super) async fn extend(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Named(id): Named<GrantId>,
    Filled(Longer { until }): Filled<Longer>,
) -> Result<Redirect, Refusal> {
    let request = ops::grant::extend(&app, &visit.actor, id, until.map(|LastDay(end)| end)).await?;
    Ok(Redirect::to(&format!("/requests/{}", request.id)))
}
