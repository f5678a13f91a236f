//! Which events may flow, as the attribute `access` shows it, and as a plan judges it.

use std::collections::{BTreeMap, BTreeSet};

use fanner_model::{Access, AccessStatus, Code, EventName, PlanAnswer, Problem};

use crate::plugin::diagnostics::{Diagnostic, Severity};
use crate::plugin::field::{Field, TextSet, block};
use crate::plugin::parse;
use crate::plugin::schema::Attribute;
use crate::problem;

block! {
    /// Whether one event flows, and why.
    pub struct EventAccess {
        pub status: Field<String>,
        pub reason: Field<String>,
    }
}

/// The attribute `access`.
pub(crate) fn attribute() -> Attribute {
    let attributes = vec![
        Attribute::text(
            "status",
            "`active`: the event flows. `pending`: somebody must agree first. `denied`: it does not flow.",
        )
        .computed(),
        Attribute::text("reason", "Why.").computed(),
    ];
    Attribute::map_of_objects("access", attributes, "For each event, whether it flows, and why.").computed()
}

/// The value of the attribute `access`.
pub(crate) fn shown(access: &BTreeMap<EventName, Access>) -> BTreeMap<String, EventAccess> {
    let shown = access.iter().map(|(event, Access { status, reason, .. })| {
        let access = EventAccess { status: parse::word(status).as_str().into(), reason: reason.as_str().into() };
        (event.to_string(), access)
    });
    shown.collect()
}

/// Whether `access` tells of these `events` and of no others.
pub(crate) fn is_about(access: &Field<BTreeMap<String, EventAccess>>, events: &TextSet) -> bool {
    let told = access.known().is_some_and(|access| access.keys().map(String::as_str).eq(events.texts()));
    told && events.is_wholly_known()
}

/// What a plan's answer means for the user: what would be refused is an error, at `attributes`; an event in `before`
/// that stops flowing is a warning, and so is one that somebody must approve first.
pub(crate) fn review(answer: &PlanAnswer, before: &BTreeSet<EventName>, attributes: &[&str]) -> Vec<Diagnostic> {
    let denied = || answer.access.iter().filter(|(_, access)| access.status == AccessStatus::Denied);
    let (lost, refused): (Vec<_>, Vec<_>) = denied().partition(|(event, _)| before.contains(*event));
    // A denied event is told once, with its reason, and not once more as a problem.
    let told = |code| code == Code::AccessDenied && !refused.is_empty();
    let problems = answer.problems.iter().filter(|problem| !told(problem.code));

    let mut diagnostics: Vec<_> = problems.map(|problem| judged(problem, attributes)).collect();
    if !refused.is_empty() {
        let summary = "The team may not have these events";
        diagnostics.push(Diagnostic::error(summary, reasons(&refused)).at("events"));
    }
    let new = |access: &(&EventName, &Access)| access.1.status == AccessStatus::Pending && !before.contains(access.0);
    let pending: Vec<_> = answer.access.iter().filter(new).collect();
    if !pending.is_empty() {
        let summary = "These events flow once they are approved";
        let words = format!("{}\nThe apply asks for the approval, and needs no second one.", reasons(&pending));
        diagnostics.push(Diagnostic::warning(summary, words).at("events"));
    }
    if !lost.is_empty() {
        let summary = "These events do not flow any more";
        diagnostics.push(Diagnostic::warning(summary, reasons(&lost)).at("events"));
    }
    diagnostics
}

/// What is being deleted may be gone when the plan is applied, and must not keep anybody from planning its end.
fn judged(problem: &Problem, attributes: &[&str]) -> Diagnostic {
    let refusal = problem::refusal(problem, attributes);
    match problem.code {
        Code::Deleting => Diagnostic { severity: Severity::Warning, ..refusal },
        _ => refusal,
    }
}

fn reasons(denied: &[(&EventName, &Access)]) -> String {
    let lines = denied.iter().map(|(event, access)| format!("`{event}`: {}", access.reason));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use fanner_model::Change;

    use super::*;

    fn answer(access: &[(&str, Access)], problems: Vec<Problem>) -> PlanAnswer {
        let access = access.iter().map(|(event, access)| (event.parse().unwrap(), access.clone()));
        PlanAnswer { change: Change::Create, access: access.collect(), problems, steps: vec![] }
    }

    #[test]
    fn denied_events_are_one_error_that_names_each_with_its_reason() {
        let denied =
            [("a", Access::denied("team x owns it")), ("b", Access::active("public")), ("c", Access::denied("no"))];
        let problem = Problem::new(Code::AccessDenied, "two events are refused").at("events");
        let found = review(&answer(&denied, vec![problem]), &BTreeSet::new(), &["events"]);
        let expected = Diagnostic::error("The team may not have these events", "`a`: team x owns it\n`c`: no");
        assert_eq!(found, [expected.at("events")]);
    }

    #[test]
    fn an_event_that_the_stream_had_before_is_only_a_warning() {
        let before = BTreeSet::from(["a".parse().unwrap()]);
        let found = review(&answer(&[("a", Access::denied("restricted now"))], vec![]), &before, &["events"]);
        let expected = Diagnostic::warning("These events do not flow any more", "`a`: restricted now");
        assert_eq!(found, [expected.at("events")]);
    }

    #[test]
    fn other_problems_are_errors_at_their_attribute() {
        let problem =
            Problem::new(Code::UnknownEvent, "no event `crad`; did you mean `card`?").at("stream.spec.events[0]");
        let found = review(&answer(&[], vec![problem]), &BTreeSet::new(), &["events"]);
        assert_eq!(found[0].path, "events".into());
        assert_eq!(found[0].detail, "No event `crad`; did you mean `card`?");
    }
}
