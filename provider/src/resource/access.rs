//! Which events may flow, as the attribute `access` shows it, and as a plan judges it.

use std::collections::{BTreeMap, BTreeSet};

use fanner_model::{Access, AccessStatus, Code, EventName, PlanAnswer, Problem};

use jiff::Timestamp;

use super::moment;
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
        pub until: Field<String>,
        pub grant: Field<String>,
        pub request: Field<String>,
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
        Attribute::text("until", "When the event stops flowing, unless something changes; null: never.").computed(),
        Attribute::text("grant", "The id of the grant under which it flows; null: it needs none.").computed(),
        Attribute::text("request", "The id of the request that waits to be approved.").computed(),
    ];
    Attribute::map_of_objects("access", attributes, "For each event, whether it flows, and why.").computed()
}

/// The value of the attribute `access`.
pub(crate) fn shown(access: &BTreeMap<EventName, Access>) -> BTreeMap<String, EventAccess> {
    access.iter().map(|(event, access)| (event.to_string(), EventAccess::from(access))).collect()
}

impl From<&Access> for EventAccess {
    fn from(Access { status, reason, until, mask: _, grant, needs: _, request }: &Access) -> Self {
        Self {
            status: parse::word(status).as_str().into(),
            reason: reason.as_str().into(),
            until: until.map(|until| until.to_string()).into(),
            grant: grant.map(|grant| grant.to_string()).into(),
            request: request.map(|request| request.to_string()).into(),
        }
    }
}

/// Warnings of what a stream does not get of what it asks for, and of what soon ends, other than by the end that the user gave.
pub(crate) fn remarks(
    access: &Field<BTreeMap<String, EventAccess>>,
    given: Option<Timestamp>,
    now: Timestamp,
) -> Vec<Diagnostic> {
    let every = || access.known().into_iter().flatten();
    let with = |status: AccessStatus| {
        let status = Field::Known(parse::word(&status));
        let lines = every().filter(move |(_, access)| access.status == status);
        lines.map(|(event, access)| format!("`{event}`: {}", access.reason.known().map_or("", String::as_str)))
    };
    let ending = every().filter_map(|(event, access)| ending(event, access, given, now));
    let told = [
        (DENIED, with(AccessStatus::Denied).collect::<Vec<_>>()),
        (PENDING, with(AccessStatus::Pending).collect()),
        (ENDING, ending.collect()),
    ];
    let told = told.into_iter().filter(|(_, lines)| !lines.is_empty());
    told.map(|(summary, lines)| Diagnostic::warning(summary, lines.join("\n")).at("events")).collect()
}

const DENIED: &str = "These events do not flow";
const PENDING: &str = "These events flow once they are approved";
const ENDING: &str = "These events soon stop flowing";

/// That an event stops flowing soon, and what can be done.
fn ending(event: &str, access: &EventAccess, given: Option<Timestamp>, now: Timestamp) -> Option<String> {
    let until = moment::read(&access.until)?;
    let is_news = moment::is_near(until, now) && given != Some(until);
    is_news.then(|| match access.grant.known() {
        Some(grant) => {
            format!("`{event}` flows until {until}. To go on, ask for more: `fannerctl grant extend {grant}`")
        }
        None => format!("`{event}` flows until {until}: {}", access.reason.known().map_or("", String::as_str)),
    })
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
        let words = format!("{}\nThe apply asks for the approval, and needs no second one.", reasons(&pending));
        diagnostics.push(Diagnostic::warning(PENDING, words).at("events"));
    }
    if !lost.is_empty() {
        diagnostics.push(Diagnostic::warning(DENIED, reasons(&lost)).at("events"));
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
        let expected = Diagnostic::warning("These events do not flow", "`a`: restricted now");
        assert_eq!(found, [expected.at("events")]);
    }

    #[test]
    fn what_soon_stops_flowing_is_told_unless_the_user_ends_it() {
        let day = |number: i64| Timestamp::from_second(number * 86_400).unwrap();
        let until = |end| EventAccess::from(&Access { until: Some(day(end)), ..Access::active("trained") });
        let granted = EventAccess { grant: "7".into(), ..until(3) };
        let access = [("a", granted), ("b", until(4)), ("c", until(40))].map(|(event, access)| (event.into(), access));
        let access = Field::Known(BTreeMap::from(access));
        let told = |given| remarks(&access, given, day(0)).pop().unwrap().detail;
        let of_a = "`a` flows until 1970-01-04T00:00:00Z. To go on, ask for more: `fannerctl grant extend 7`";
        assert_eq!(told(None), format!("{of_a}\n`b` flows until 1970-01-05T00:00:00Z: trained."));
        assert_eq!(told(Some(day(4))), format!("{of_a}."));
        assert_eq!(remarks(&access, None, day(5)), []);
    }

    #[test]
    fn what_does_not_flow_is_told_whenever_it_is_read() {
        let access =
            [("a", Access::denied("no training")), ("b", Access::pending("waits")), ("c", Access::active("own"))];
        let access = access.map(|(event, access)| (event.to_owned(), EventAccess::from(&access)));
        let told = remarks(&Field::Known(access.into()), None, Timestamp::UNIX_EPOCH);
        let expected = [
            Diagnostic::warning("These events do not flow", "`a`: no training").at("events"),
            Diagnostic::warning("These events flow once they are approved", "`b`: waits").at("events"),
        ];
        assert_eq!(told, expected);
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
