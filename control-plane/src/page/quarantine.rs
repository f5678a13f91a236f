//! `/quarantines`

use std::str::FromStr;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Redirect;
use fanner_model::{
    Code, Events, NameError, Page, Problem, Quarantine, QuarantineId, QuarantineSpec, Receivers, limit,
};
use serde::Deserialize;

use super::form::Filled;
use super::shown::Shown;
use super::visit::Visit;
use crate::access::Action;
use crate::app::App;
use crate::http::{Asked, Named, Paging, Refusal};
use crate::ops;

#[derive(Template)]
#[template(path = "quarantine/list.html")]
struct ListPage {
    visit: Visit,
    quarantines: Page<Quarantine>,
}

/// Lists the quarantines in force.
pub(super) async fn list(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Asked(paging): Asked<Paging>,
) -> Result<Shown<impl Template>, Refusal> {
    let quarantines = ops::link::quarantines(&app, &visit.actor, &paging.part()?).await?;
    Ok(Shown(ListPage { visit, quarantines }))
}

/// A quarantine as its form sends it: each kind, and the name that goes with it.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    who: Who,
    who_name: Option<String>,
    events: What,
    events_name: Option<String>,
    #[serde(deserialize_with = "limit::reason")]
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Who {
    Everybody,
    Team,
    Stream,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Everything,
    OwnedBy,
    Event,
}

impl TryFrom<Wanted> for QuarantineSpec {
    type Error = Problem;

    fn try_from(wanted: Wanted) -> Result<Self, Problem> {
        let Wanted { who, who_name, events, events_name, reason } = wanted;
        let (who_name, events_name) = (who_name.unwrap_or_default(), events_name.unwrap_or_default());
        let who = match who {
            Who::Everybody => Receivers::Everybody,
            Who::Team => Receivers::Team(named(&who_name, "who_name")?),
            Who::Stream => Receivers::Stream(named(&who_name, "who_name")?),
        };
        let events = match events {
            What::Everything => Events::Everything,
            What::OwnedBy => Events::OwnedBy(named(&events_name, "events_name")?),
            What::Event => Events::Event(named(&events_name, "events_name")?),
        };
        Ok(Self { who, events, reason })
    }
}

fn named<T: FromStr<Err = NameError>>(text: &str, field: &str) -> Result<T, Problem> {
    text.trim().parse().map_err(|error: NameError| Problem::new(Code::InvalidField, error.to_string()).at(field))
}

/// Stops deliveries, at once.
pub(super) async fn impose(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Filled(wanted): Filled<Wanted>,
) -> Result<Redirect, Refusal> {
    let spec = QuarantineSpec::try_from(wanted)?;
    ops::link::isolate(&app, &visit.actor, QuarantineId::random(), &spec).await?;
    Ok(Redirect::to("/quarantines"))
}

/// Lifts one.
pub(super) async fn lift(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Named(id): Named<QuarantineId>,
) -> Result<Redirect, Refusal> {
    ops::link::lift(&app, &visit.actor, id).await?;
    Ok(Redirect::to("/quarantines"))
}
