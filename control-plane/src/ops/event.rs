//! The events that a stream or a subscription asks for: whether each is declared, and whether the team may have it.

use std::collections::{BTreeMap, BTreeSet};

use fanner_model::{Access, Code, EventName, EventType, Problem, TeamName};

use crate::access::decide;
use crate::error::Error;
use crate::store::Store;

/// With more undeclared events than this, none of them is told which one may be meant.
const MOST_HINTS: usize = 10;

/// What is known about the events that somebody asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalog {
    types: BTreeMap<EventName, EventType>,
    /// All declared names, if a few events are not declared: one of them may be meant.
    names: Vec<EventName>,
}

impl Catalog {
    /// What the store knows about `events`.
    pub(super) async fn of(store: &Store, events: &BTreeSet<EventName>) -> Result<Self, Error> {
        let types = store.event_types_named(events).await?;
        // Comparing names costs time, which nobody should be able to take from others by asking for many.
        let undeclared = events.len() - types.len();
        let names = if (1..=MOST_HINTS).contains(&undeclared) { store.event_names().await? } else { Vec::new() };
        Ok(Self { names, ..Self::from_types(types) })
    }

    /// A catalog of these event types.
    pub(super) fn from_types(types: Vec<EventType>) -> Self {
        let types = types.into_iter().map(|event_type| (event_type.name.clone(), event_type)).collect();
        Self { types, names: Vec::new() }
    }

    /// For each of `events` that is declared, whether `team` may have it.
    pub(super) fn access(&self, team: &TeamName, events: &BTreeSet<EventName>) -> BTreeMap<EventName, Access> {
        let decided = events.iter().filter_map(|event| Some((event.clone(), decide(team, self.types.get(event)?))));
        decided.collect()
    }

    /// What is wrong with asking for `events`, in the order of their names, when `had` were asked for before: those must
    /// no longer be allowed, only declared.
    pub(super) fn problems(
        &self,
        team: &TeamName,
        events: &BTreeSet<EventName>,
        had: &BTreeSet<EventName>,
    ) -> Vec<Problem> {
        let problem = |event: &EventName| match self.types.get(event) {
            None => Some(Problem::new(Code::UnknownEvent, self.unknown(event))),
            Some(_) if had.contains(event) => None,
            Some(event_type) => {
                let access = decide(team, event_type);
                (!access.is_active()).then(|| Problem::new(Code::AccessDenied, access.reason))
            }
        };
        let found =
            events.iter().enumerate().map(|(index, event)| Some(problem(event)?.at(format!("events[{index}]"))));
        found.flatten().collect()
    }

    fn unknown(&self, event: &EventName) -> String {
        match event.meant(&self.names) {
            Some(name) => format!("event `{event}` is not declared; did you mean `{name}`?"),
            None => format!("event `{event}` is not declared; declare it as an event type, or choose another"),
        }
    }
}

#[cfg(test)]
mod tests {
    use fanner_model::{Classification, EventTypeSpec};
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn an_event_that_is_not_declared_is_named_with_the_one_that_may_be_meant() {
        insta::assert_snapshot!(problems(&["card_swipped", "own", "zebra"], &[]), @r"
        unknown_event at events[0]: event `card_swipped` is not declared; did you mean `card_swiped`?
        unknown_event at events[2]: event `zebra` is not declared; declare it as an event type, or choose another
        ");
    }

    #[test]
    fn an_event_that_the_team_may_not_have_is_refused_unless_it_had_it_before() {
        insta::assert_snapshot!(problems(&["card_swiped", "own"], &[]), @"access_denied at events[0]: `card_swiped` belongs to team `payments` and is restricted; team `fraud` may have only its own and public events");
        assert_eq!(problems(&["card_swiped", "own"], &["card_swiped"]), "");
    }

    fn problems(events: &[&str], had: &[&str]) -> String {
        let set = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect::<BTreeSet<_>>();
        let types = vec![event_type("card_swiped", "payments"), event_type("own", "fraud")];
        let names = types.iter().map(|event_type| event_type.name.clone()).collect();
        let catalog = Catalog { names, ..Catalog::from_types(types) };
        let found = catalog.problems(&"fraud".parse().unwrap(), &set(events), &set(had));
        let shown = found.iter().map(|problem| {
            format!("{} at {}: {}", problem.code, problem.field.as_deref().unwrap_or_default(), problem.detail)
        });
        shown.collect::<Vec<_>>().join("\n")
    }

    fn event_type(name: &str, team: &str) -> EventType {
        EventType {
            name: name.parse().unwrap(),
            team: team.parse().unwrap(),
            version: 1,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            spec: EventTypeSpec { classification: Classification::Restricted, ..EventTypeSpec::default() },
        }
    }
}
