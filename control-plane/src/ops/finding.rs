//! What reviewers should look at.

use fanner_model::{Finding, Page, Right, TeamName};

use super::right::Live;
use super::{Part, apart, moment, page, right};
use crate::access::{Action, Actor, allow};
use crate::app::App;
use crate::error::Error;
pub(crate) use crate::world::Limits;
use crate::world::World;

/// What is the matter with rights that the caller's team has or gave, or with all.
pub(crate) async fn list(app: &App, actor: &Actor, part: &Part, limits: Limits) -> Result<Page<Finding>, Error> {
    allow(actor, Action::ReadFindings)?;
    let moment = moment::present(app, None).await?;
    let Live { grants, permissions } = right::live(app, moment.at).await?;
    let (team, after, limit) = (actor.limit().cloned(), part.after.clone(), part.limit as usize);
    let findings = apart(move || {
        let mut findings = moment.findings(&grants, &permissions, limits);
        findings.retain(|finding| concerns(&finding.right, team.as_ref(), &moment.world));
        findings.sort_by_cached_key(key);
        findings.into_iter().filter(|finding| after < key(finding)).take(limit).collect()
    });
    Ok(page(findings.await, part, key))
}

/// Where a finding stands in the list.
fn key(finding: &Finding) -> String {
    format!("{}/{}", finding.right.id, finding.kind)
}

/// Whether a right is one that a team has, or that is about what it owns; without a team, every right is.
fn concerns(right: &Right, team: Option<&TeamName>, world: &World) -> bool {
    team.is_none_or(|team| right.team == *team || world.owns(team, &right.events))
}
