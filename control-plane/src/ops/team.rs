//! Teams: what access depends on about each.

use fanner_model::{Page, Team, TeamName, TeamSpec};

use super::document::Kind;
use super::{Guard, Part};
use crate::access::{Action, Actor};
use crate::app::App;
use crate::error::Error;

const KIND: Kind = Kind { noun: "team", read: Action::ReadTeams, change: Action::ChangeTeams };

/// The teams that somebody described.
pub(crate) async fn list(app: &App, actor: &Actor, part: &Part) -> Result<Page<Team>, Error> {
    KIND.list(app, actor, part).await
}

/// One team.
pub(crate) async fn read(app: &App, actor: &Actor, name: &TeamName) -> Result<Team, Error> {
    KIND.read(app, actor, name).await
}

/// Describes a team.
pub(crate) async fn put(
    app: &App,
    actor: &Actor,
    name: &TeamName,
    spec: &TeamSpec,
    guard: &Guard,
) -> Result<Team, Error> {
    KIND.put(app, actor, (name, spec), guard, |_, _| Ok(())).await
}

/// Forgets the description of a team, which is from then on one that nobody described.
pub(crate) async fn delete(app: &App, actor: &Actor, name: &TeamName, guard: &Guard) -> Result<(), Error> {
    KIND.delete::<Team>(app, actor, name, guard, |_| Ok(())).await
}
