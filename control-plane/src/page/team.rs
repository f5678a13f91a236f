//! `/teams`

use askama::Template;
use axum::Extension;
use axum::extract::State;
use fanner_model::{Code, Page, StreamAccess, Team, TeamName};

use super::badge::Stated as _;
use super::shown::Shown;
use super::visit::Visit;
use crate::access::Action;
use crate::app::App;
use crate::error::Error;
use crate::http::{Asked, Named, Paging, Refusal};
use crate::ops;

#[derive(Template)]
#[template(path = "team/list.html")]
struct ListPage {
    visit: Visit,
    teams: Page<Team>,
}

/// Lists the teams that somebody described.
pub(super) async fn list(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Asked(paging): Asked<Paging>,
) -> Result<Shown<impl Template>, Refusal> {
    let teams = ops::team::list(&app, &visit.actor, &paging.part()?).await?;
    Ok(Shown(ListPage { visit, teams }))
}

#[derive(Template)]
#[template(path = "team/show.html")]
struct TeamPage {
    visit: Visit,
    name: TeamName,
    /// Left out: nobody described it.
    team: Option<Team>,
    /// What its streams can read, for those who may know.
    access: Option<Page<StreamAccess>>,
}

/// Shows what a team is trusted with, and what it can read.
pub(super) async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Named(name): Named<TeamName>,
    Asked(paging): Asked<Paging>,
) -> Result<Shown<impl Template>, Refusal> {
    let team = match ops::team::read(&app, &visit.actor, &name).await {
        Err(Error::Refused(problem)) if problem.code == Code::NotFound => None,
        other => Some(other?),
    };
    let may_know = visit.actor.acts_for(&name) && visit.may(Action::ReadTeamAccess);
    let access = match may_know {
        true => Some(ops::team_access::list(&app, &visit.actor, &name, &paging.part()?).await?),
        false => None,
    };
    Ok(Shown(TeamPage { visit, name, team, access }))
}
