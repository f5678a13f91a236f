//! What is wrong with asking for a reader role, and what asking for it will do. Pure.

use fanner_model::{Arn, Code, Problem, ReaderRole, Seen, Stream, StreamSpec, TeamName};
use jiff::Timestamp;

use crate::reconcile::{self, FoundRole, RolePlan, RoleStep, WantedRole};

/// Why a stream of `team` may not have this role.
pub(super) fn problem(role: &ReaderRole, team: &TeamName, boundary: Option<&Arn>) -> Option<Problem> {
    if boundary.is_none() {
        let detail = "this platform makes no reader roles; leave `reader_role` out and name `readers`, or ask the platform team \
                      to start the control plane with `--reader-role-boundary`";
        return Some(Problem::new(Code::InvalidField, detail).at("reader_role"));
    }
    let foreign = role.application.as_ref().filter(|application| !application.is_of(team));
    foreign.map(|application| {
        let detail = format!(
            "application `{application}` is not in the name space of team `{team}`, and its tables could be another team's; \
             call it `{team}.` and a name"
        );
        Problem::new(Code::InvalidField, detail).at("reader_role.application")
    })
}

/// What will be done about the role, in words.
#[derive(Debug, Default)]
pub(super) struct Sentences {
    /// Before anything is done about the stream.
    pub(super) taking: Vec<String>,
    /// Once the stream is as asked for.
    pub(super) giving: Vec<String>,
}

/// What will be done about the role of a stream that becomes `next`, as far as what was last seen of it tells.
pub(super) fn sentences(old: Option<&Stream>, next: &Stream, boundary: Option<&Arn>, now: Timestamp) -> Sentences {
    let Some(boundary) = boundary else { return Sentences::default() };
    let seen = old.filter(|old| old.id == next.id).and_then(|old| Some((old, old.status.seen.as_ref()?)));
    let found = seen.and_then(|(old, seen)| {
        seen.reader_role.as_ref()?;
        Some(FoundRole::ours(old.id, &wanted(&old.spec, Some(seen), boundary)?))
    });
    let wanted = wanted(&next.spec, next.status.seen.as_ref(), boundary);
    match reconcile::plan_role(next.id, wanted.as_ref(), found.as_ref(), now) {
        RolePlan::Steps { taking, giving } => Sentences { taking: said(&taking), giving: said(&giving) },
        RolePlan::Foreign => Sentences::default(),
    }
}

fn wanted<'a>(spec: &'a StreamSpec, seen: Option<&'a Seen>, boundary: &'a Arn) -> Option<WantedRole<'a>> {
    let stream = seen.map_or("", |seen| seen.arn.as_str());
    spec.reader_role.as_ref().map(|role| WantedRole { role, stream, boundary })
}

fn said(steps: &[RoleStep]) -> Vec<String> {
    steps.iter().map(RoleStep::sentence).collect()
}
