//! `/enforcements`: how far decisions about access are in force, and the fanners that obey them.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use fanner_model::{Enforcement, Fanner, Obedience, Page, Revision};
use serde::Deserialize;

use super::badge::{self, Stated as _};
use super::shown::Shown;
use super::visit::Visit;
use crate::app::App;
use crate::http::{Asked, Refusal, part};
use crate::ops;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    after: Option<Revision>,
    /// Those that are in force everywhere as well.
    #[serde(default)]
    all: bool,
}

#[derive(Template)]
#[template(path = "enforcement/list.html")]
struct ListPage {
    visit: Visit,
    all: bool,
    fanners: Vec<Fanner>,
    enforcements: Page<Enforcement>,
}

/// Lists the fanners, and decisions in the order in which they were made.
pub(super) async fn list(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Asked(Wanted { after, all }): Asked<Wanted>,
) -> Result<Shown<impl Template>, Refusal> {
    let first = part(None, None)?;
    let fanners = ops::enforcement::every_fanner(&app, &visit.actor).await?;
    let after = after.unwrap_or_default();
    let enforcements = ops::enforcement::list(&app, &visit.actor, after, first.limit, !all).await?;
    Ok(Shown(ListPage { visit, all, fanners, enforcements }))
}
