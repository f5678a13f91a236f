//! Which caller may do what.

use std::fmt;

use fanner_model::{CallerId, Code, Problem, Role, TeamName};

/// Who is calling, as far as it matters to what they may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Actor {
    pub caller: CallerId,
    pub team: TeamName,
    pub role: Role,
    /// The `x-request-id` of the answer.
    pub request: Option<String>,
}

impl Actor {
    /// The team that the caller is limited to; `None`: what it may do, it may do for every team.
    pub(crate) fn limit(&self) -> Option<&TeamName> {
        match self.role {
            Role::Platform | Role::Security | Role::Auditor => None,
            Role::Member | Role::Fanner => Some(&self.team),
        }
    }
}

/// Declares the closed list of what callers do: action, words, and the roles that have it.
macro_rules! actions {
    ($($Action:ident = $words:literal, [$($Role:ident),+];)*) => {
        /// The closed list of what callers do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Action {
            $($Action,)*
        }

        impl Action {
            /// The roles that have this action at all.
            fn roles(self) -> &'static [Role] {
                match self {
                    $(Self::$Action => &[$(Role::$Role),+],)*
                }
            }
        }

        impl fmt::Display for Action {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$Action => $words,)*
                })
            }
        }
    };
}

actions! {
    ReadStreams = "read streams", [Member, Platform, Security, Auditor];
    ChangeStreams = "change streams", [Member, Platform];
    ReadSubscriptions = "read subscriptions", [Member, Platform, Security, Auditor];
    ChangeSubscriptions = "change subscriptions", [Member, Platform];
    ReadEventTypes = "read event types", [Member, Platform, Security, Auditor];
    ChangeEventTypes = "change event types", [Member, Platform];
    ReadTeams = "read teams", [Member, Platform, Security, Auditor];
    ChangeTeams = "change teams", [Platform, Security];
    ReadPolicies = "read policies", [Member, Platform, Security, Auditor];
    ChangePolicies = "change policies", [Security];
    ReadPermissions = "read standing permissions", [Member, Platform, Security, Auditor];
    ChangePermissions = "change standing permissions", [Member, Security];
    ReadQuarantines = "read quarantines", [Member, Platform, Security, Auditor];
    ChangeQuarantines = "change quarantines", [Security];
    ReadRequests = "read requests", [Member, Platform, Security, Auditor];
    FileRequests = "ask for access", [Member, Platform];
    DecideRequests = "decide requests", [Member, Security];
    ReadGrants = "read grants", [Member, Platform, Security, Auditor];
    RevokeGrants = "revoke grants", [Member, Security];
    Plan = "plan changes", [Member, Platform];
    FollowRules = "follow the rules", [Fanner];
    ReportSightings = "report sightings", [Fanner];
    ReadSightings = "read sightings", [Platform, Security, Auditor];
    ReadAudit = "read the audit log", [Platform, Security, Auditor];
    ManageTokens = "manage tokens", [Platform];
}

/// Whether the caller's role has this action at all.
///
/// # Errors
/// A problem that names the role that has it.
pub(crate) fn allow(actor: &Actor, action: Action) -> Result<(), Problem> {
    if action.roles().contains(&actor.role) {
        return Ok(());
    }
    let able = action.roles().iter().map(|role| format!("`{role}`")).collect::<Vec<_>>().join(" or ");
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
        Actor { caller: "token:1".parse().unwrap(), team: "fraud".parse().unwrap(), role, request: None }
    }
}
