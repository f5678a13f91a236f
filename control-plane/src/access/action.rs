//! Which caller may do what.

use std::fmt;

use fanner_model::{CallerId, Code, Problem, Role, Scope, TeamName};

/// Who is calling, as far as it matters to what they may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Actor {
    pub caller: CallerId,
    pub team: TeamName,
    pub role: Role,
    pub scope: Scope,
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

    /// Whether what the caller may do, it may do for `team`.
    pub(crate) fn acts_for(&self, team: &TeamName) -> bool {
        self.limit().is_none_or(|limit| limit == team)
    }
}

/// What an action does, at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Read,
    Plan,
    Write,
}

/// Declares the closed list of what callers do: its kind, action, words, and the roles that have it.
macro_rules! actions {
    ($($Kind:ident $Action:ident = $words:literal, [$($Role:ident),+];)*) => {
        /// The closed list of what callers do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Action {
            $($Action,)*
        }

        impl Action {
            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$Action),*];

            /// The roles that have this action at all.
            fn roles(self) -> &'static [Role] {
                match self {
                    $(Self::$Action => &[$(Role::$Role),+],)*
                }
            }

            fn kind(self) -> Kind {
                match self {
                    $(Self::$Action => Kind::$Kind,)*
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
    Read ReadStreams = "read streams", [Member, Platform, Security, Auditor];
    Write ChangeStreams = "change streams", [Member, Platform];
    Read ReadSubscriptions = "read subscriptions", [Member, Platform, Security, Auditor];
    Write ChangeSubscriptions = "change subscriptions", [Member, Platform];
    Read ReadEventTypes = "read event types", [Member, Platform, Security, Auditor];
    Write ChangeEventTypes = "change event types", [Member, Platform];
    Read ReadTeams = "read teams", [Member, Platform, Security, Auditor];
    Write ChangeTeams = "change teams", [Platform, Security];
    Read ReadPolicies = "read policies", [Member, Platform, Security, Auditor];
    Write ChangePolicies = "change policies", [Security];
    Plan PlanPolicies = "plan changes of policies", [Security, Auditor];
    Read ReadPermissions = "read standing permissions", [Member, Platform, Security, Auditor];
    Write ChangePermissions = "change standing permissions", [Member, Security];
    Read ReadQuarantines = "read quarantines", [Member, Platform, Security, Auditor];
    Write ChangeQuarantines = "change quarantines", [Security];
    Read ReadRequests = "read requests", [Member, Platform, Security, Auditor];
    Write FileRequests = "ask for access", [Member, Platform];
    Write DecideRequests = "decide requests", [Member, Security];
    Read ReadGrants = "read grants", [Member, Platform, Security, Auditor];
    Write RevokeGrants = "revoke grants", [Member, Security];
    Plan Plan = "plan changes", [Member, Platform, Security];
    Write FollowRules = "follow the rules", [Fanner];
    Read ReadFanners = "read fanners", [Platform, Security, Auditor];
    Read ReadEnforcements = "read how far decisions are in force", [Platform, Security, Auditor];
    Write ReportSightings = "report sightings", [Fanner];
    Read ReadSightings = "read sightings", [Platform, Security, Auditor];
    Write ReportDeliveries = "report deliveries", [Fanner];
    Read ReadReaders = "see who reads an event", [Member, Platform, Security, Auditor];
    Read ReadTeamAccess = "see what a team can read", [Member, Security, Auditor];
    Read ReadFindings = "read findings", [Member, Platform, Security, Auditor];
    Read ReadCampaigns = "read campaigns", [Member, Platform, Security, Auditor];
    Write ChangeCampaigns = "open campaigns", [Security];
    Write AnswerCampaigns = "answer in campaigns", [Member, Security];
    Read ExportCampaigns = "export campaigns", [Security, Auditor];
    Read ExplainDecisions = "have decisions explained", [Member, Platform, Security, Auditor];
    Read ReadAudit = "read the audit log", [Platform, Security, Auditor];
    Read ReadBypassReport = "read the bypass report", [Platform, Security, Auditor];
    Write TakeBypassReport = "take the bypass report", [Platform, Security];
    Read ReadBreakGlass = "read what is acknowledged as break-glass", [Platform, Security, Auditor];
    Write ChangeBreakGlass = "acknowledge a way around the fanner as break-glass", [Security];
    Read ReadTokens = "read tokens", [Platform, Security, Auditor];
    Write IssueTokens = "issue tokens", [Platform, Security];
    Write RevokeTokens = "revoke tokens", [Platform, Security];
}

/// Whether the caller's role has this action at all, and its scope leaves it.
///
/// # Errors
/// A problem that names the role or the scope that has it.
pub(crate) fn allow(actor: &Actor, action: Action) -> Result<(), Problem> {
    if action.roles().contains(&actor.role) {
        return within(actor.scope, action);
    }
    let able = action.roles().iter().map(|role| format!("`{role}`")).collect::<Vec<_>>().join(" or ");
    let detail = format!("a token of role `{}` may not {action}; use one of role {able}", actor.role);
    Err(Problem::new(Code::Forbidden, detail))
}

/// Whether a scope leaves an action to those whose role has it: planning never writes.
fn within(scope: Scope, action: Action) -> Result<(), Problem> {
    match (scope, action.kind()) {
        (Scope::Full, _) | (Scope::Plan, Kind::Read | Kind::Plan) => Ok(()),
        (Scope::Plan, Kind::Write) => {
            let detail = format!("a caller of the scope `plan` reads and plans; it may not {action}");
            Err(Problem::new(Code::Forbidden, detail))
        }
    }
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
        assert!(allow(&actor(Role::Member), Action::IssueTokens).is_err());
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

    #[test]
    fn planning_reads_and_never_writes() {
        let planner = Actor { scope: Scope::Plan, ..actor(Role::Platform) };
        assert_eq!(allow(&planner, Action::Plan), Ok(()));
        assert_eq!(allow(&planner, Action::ReadStreams), Ok(()));
        let problem = allow(&planner, Action::ChangeStreams).unwrap_err();
        assert_eq!(problem.detail, "a caller of the scope `plan` reads and plans; it may not change streams");
        for role in [Role::Member, Role::Fanner, Role::Platform, Role::Security, Role::Auditor] {
            let planner = Actor { scope: Scope::Plan, ..actor(role) };
            assert!(Action::ALL.iter().all(|&action| action.kind() != Kind::Write || allow(&planner, action).is_err()));
        }
    }

    fn actor(role: Role) -> Actor {
        let (caller, team) = ("token:1".parse().unwrap(), "fraud".parse().unwrap());
        Actor { caller, team, role, scope: Scope::Full, request: None }
    }
}
