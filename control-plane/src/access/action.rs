//! Which caller may do what.

use std::fmt;

use fanner_model::{Code, Problem, Role, TeamName, TokenId};

/// Who is calling: a token that is good now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Actor {
    pub token: TokenId,
    pub team: TeamName,
    pub role: Role,
}

impl Actor {
    /// The team that the caller is limited to; `None`: it acts for every team.
    pub(crate) fn limit(&self) -> Option<&TeamName> {
        match self.role {
            Role::Platform => None,
            Role::Member | Role::Fanner => Some(&self.team),
        }
    }
}

/// The closed list of what callers do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    ReadStreams,
    ChangeStreams,
    ReadSubscriptions,
    ChangeSubscriptions,
    ReadEventTypes,
    ChangeEventTypes,
    Plan,
    FollowRules,
    ReportSightings,
    ReadSightings,
    ManageTokens,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadStreams => "read streams",
            Self::ChangeStreams => "change streams",
            Self::ReadSubscriptions => "read subscriptions",
            Self::ChangeSubscriptions => "change subscriptions",
            Self::ReadEventTypes => "read event types",
            Self::ChangeEventTypes => "change event types",
            Self::Plan => "plan changes",
            Self::FollowRules => "follow the rules",
            Self::ReportSightings => "report sightings",
            Self::ReadSightings => "read sightings",
            Self::ManageTokens => "manage tokens",
        })
    }
}

/// Whether the caller's role has this action at all.
///
/// # Errors
/// A problem that names the role that has it.
pub(crate) fn allow(actor: &Actor, action: Action) -> Result<(), Problem> {
    let roles: &[Role] = match action {
        Action::ReadStreams
        | Action::ChangeStreams
        | Action::ReadSubscriptions
        | Action::ChangeSubscriptions
        | Action::ReadEventTypes
        | Action::ChangeEventTypes
        | Action::Plan => &[Role::Member, Role::Platform],
        Action::FollowRules | Action::ReportSightings => &[Role::Fanner],
        Action::ReadSightings | Action::ManageTokens => &[Role::Platform],
    };
    if roles.contains(&actor.role) {
        return Ok(());
    }
    let able = roles.iter().map(|role| format!("`{role}`")).collect::<Vec<_>>().join(" or ");
    let detail = format!("a token of role `{}` may not {action}; use one of role {able}", actor.role);
    Err(Problem::new(Code::Forbidden, detail))
}

/// Whether the caller may have this action on something that belongs to `owner`. `what` says what it is, such as
/// "stream `fraud-signals`".
///
/// # Errors
/// A problem that names the owner.
pub(crate) fn allow_for(actor: &Actor, action: Action, owner: &TeamName, what: &str) -> Result<(), Problem> {
    allow(actor, action)?;
    match actor.limit() {
        Some(team) if team != owner => {
            let detail = format!("{what} belongs to team `{owner}`; a token of team `{team}` may not touch it");
            Err(Problem::new(Code::Forbidden, detail))
        }
        Some(_) | None => Ok(()),
    }
}

/// Whether the caller may act in the name of `team`.
///
/// # Errors
/// A problem at `team` that names the team that the caller may act for.
pub(crate) fn allow_team(actor: &Actor, team: &TeamName) -> Result<(), Problem> {
    match actor.limit() {
        Some(own) if own != team => {
            let detail = format!(
                "a token of team `{own}` cannot act for team `{team}`; leave `team` out, or use a token of that team"
            );
            Err(Problem::new(Code::Forbidden, detail).at("team"))
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_that_lacks_an_action_learns_which_one_has_it() {
        let problem = allow(&actor(Role::Fanner), Action::ChangeStreams).unwrap_err();
        assert_eq!(
            problem.detail,
            "a token of role `fanner` may not change streams; use one of role `member` or `platform`"
        );
        assert!(allow(&actor(Role::Member), Action::ManageTokens).is_err());
        assert!(allow(&actor(Role::Member), Action::FollowRules).is_err());
        assert!(allow(&actor(Role::Fanner), Action::FollowRules).is_ok());
    }

    #[test]
    fn a_member_may_touch_only_what_its_team_owns() {
        let payments = "payments".parse().unwrap();
        let problem = allow_for(&actor(Role::Member), Action::ReadStreams, &payments, "stream `cards`").unwrap_err();
        assert_eq!(
            problem.detail,
            "stream `cards` belongs to team `payments`; a token of team `fraud` may not touch it"
        );
        assert!(allow_for(&actor(Role::Platform), Action::ReadStreams, &payments, "stream `cards`").is_ok());
    }

    fn actor(role: Role) -> Actor {
        Actor { token: TokenId::random(), team: "fraud".parse().unwrap(), role }
    }
}
