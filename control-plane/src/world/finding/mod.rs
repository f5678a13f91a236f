//! What reviewers should look at, found by comparing what was given with what is asked for and what was delivered.

mod about_grant;
mod about_permission;

use std::collections::HashMap;

use fanner_model::{Finding, FindingKind, Grant, Permission, Right, StreamName, TeamName};
use jiff::{SignedDuration, Timestamp};

use super::{Asking, Moment};

/// What counts as long, and as soon.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// A right is unused if nothing was delivered because of it for so long.
    pub unused: SignedDuration,
    /// A right is expiring if it ends within so long.
    pub expiring: SignedDuration,
}

/// Longer than this from now, a right is over-broad.
const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);

impl Moment {
    /// What is the matter with rights that are live.
    pub(crate) fn findings(&self, grants: &[Grant], permissions: &[Permission], limits: Limits) -> Vec<Finding> {
        let look = Look::at(self, limits);
        let of_grants = grants.iter().flat_map(|grant| look.about_grant(grant));
        let of_permissions = permissions.iter().flat_map(|permission| look.about_permission(permission));
        of_grants.chain(of_permissions).collect()
    }
}

/// A look at what is given, beside what is asked for.
struct Look<'m> {
    moment: &'m Moment,
    asking: HashMap<&'m StreamName, Vec<Asking<'m>>>,
    limits: Limits,
}

impl<'m> Look<'m> {
    fn at(moment: &'m Moment, limits: Limits) -> Self {
        let mut asking = HashMap::<_, Vec<_>>::new();
        moment.asking(|_| true).into_iter().for_each(|one| asking.entry(one.stream).or_default().push(one));
        Self { moment, asking, limits }
    }

    /// What is told of a right, each with the same delivery.
    fn findings(
        right: &Right,
        last_delivered_at: Option<Timestamp>,
        found: impl IntoIterator<Item = Option<(FindingKind, String)>>,
    ) -> Vec<Finding> {
        let finding = |(kind, detail)| Finding { kind, right: right.clone(), detail, last_delivered_at };
        found.into_iter().flatten().map(finding).collect()
    }

    /// That a right ends soon, or not for long.
    fn term(&self, right: &Right) -> Option<(FindingKind, String)> {
        let left = right.until.duration_since(self.moment.at);
        let (day, days) = (right.until.strftime("%F"), left.as_hours() / 24);
        if left <= self.limits.expiring {
            return Some((
                FindingKind::Expiring,
                format!("ends on {day}, in {days} days; extend it if it is still needed"),
            ));
        }
        let is_long = LONGEST < left;
        is_long
            .then(|| (FindingKind::OverBroad, format!("lasts until {day}, {days} days from now; let it end earlier")))
    }

    /// That nothing was delivered for long because of a right.
    fn idleness(&self, since: Timestamp, last: Option<Timestamp>) -> Option<(FindingKind, String)> {
        let idle = self.moment.at.duration_since(last.unwrap_or(since));
        let words = match last {
            Some(last) => format!("nothing was delivered because of it since {}", last.strftime("%F")),
            None => format!("nothing was ever delivered because of it; it was given on {}", since.strftime("%F")),
        };
        (self.limits.unused <= idle).then(|| (FindingKind::Unused, format!("{words}; revoke it if it is not needed")))
    }

    /// That a team that has something, or that answers for it, was off-boarded.
    fn off_boarded(&self, team: &TeamName, owner: Option<&TeamName>) -> Option<String> {
        if !self.moment.world.team(team).active {
            return Some(format!("team `{team}` is not active"));
        }
        let owner = owner.filter(|owner| !self.moment.world.team(owner).active)?;
        Some(format!("team `{owner}`, which answers for it, is not active; give the event types to another team"))
    }
}
