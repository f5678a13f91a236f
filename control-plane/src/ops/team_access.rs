//! What a team can read, and what is one approval away.

use fanner_model::{Page, StreamAccess, TeamName};

use super::moment::present;
use super::{Part, apart, page};
use crate::access::{Action, Actor, allow_for};
use crate::app::App;
use crate::error::Error;
use crate::world::is_asking;

/// The streams of a team in the order of their names, each with what it can read; for the team, and for those who review.
pub(crate) async fn list(app: &App, actor: &Actor, team: &TeamName, part: &Part) -> Result<Page<StreamAccess>, Error> {
    allow_for(actor, Action::ReadTeamAccess, team, &format!("the access of team `{team}`"))?;
    let moment = present(app, None).await?;
    let (team, after, limit) = (team.clone(), part.after.clone(), part.limit as usize);
    let streams = apart(move || {
        let of_team = moment.interests.streams.iter().filter(|record| is_asking(record) && record.stream.team == team);
        let wanted = of_team.filter(|record| after.as_str() < record.stream.name.as_str()).take(limit);
        wanted.map(|record| moment.stream_access(record)).collect()
    });
    Ok(page(streams.await, part, |access: &StreamAccess| access.stream.to_string()))
}
