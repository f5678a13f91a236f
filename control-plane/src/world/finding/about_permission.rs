//! What is the matter with a standing permission.

use std::collections::BTreeSet;

use fanner_model::{EventName, EventType, Events, Finding, FindingKind, Permission, Right, TeamName};
use jiff::Timestamp;

use super::Look;

/// How many events are named at most.
const MOST_NAMED: usize = 5;

impl Look<'_> {
    pub(super) fn about_permission(&self, permission: &Permission) -> Vec<Finding> {
        let right = Right::from(permission);
        let events = self.moment.world.included(&right.events);
        let asked = self.asked_by(&right.team);
        let last = self.last_of(&right.team, &events);
        match self.pointless(&right, &events) {
            Some(words) => Self::findings(&right, last, [Some((FindingKind::Orphaned, format!("{words}; end it")))]),
            None => {
                let found = [self.idleness(right.since, last), unasked(&right, &events, &asked), self.term(&right)];
                Self::findings(&right, last, found)
            }
        }
    }

    /// That there is nothing that it is about, or nobody who answers for it.
    fn pointless(&self, right: &Right, events: &[&EventType]) -> Option<String> {
        let owner = match &right.events {
            Events::Everything => None,
            Events::OwnedBy(owner) => Some(owner),
            Events::Event(_) => events.first().map(|event| &event.team),
        };
        match events.is_empty() {
            true => Some("no event type is declared that it is about".to_owned()),
            false => self.off_boarded(&right.team, owner),
        }
    }

    /// What the streams of a team ask for.
    fn asked_by(&self, team: &TeamName) -> BTreeSet<&EventName> {
        let of_team = self.asking.values().flatten().filter(|asking| asking.team == team);
        of_team.flat_map(|asking| asking.events).collect()
    }

    /// When one of these events was last delivered to a stream of a team.
    fn last_of(&self, team: &TeamName, events: &[&EventType]) -> Option<Timestamp> {
        let streams = self.moment.interests.streams.iter().filter(|record| record.stream.team == *team);
        let pairs = streams.flat_map(|record| events.iter().map(move |event| (record.stream.id, &event.name)));
        pairs.filter_map(|(id, event)| self.moment.deliveries.last(id, event)).max()
    }
}

/// That it includes events that no stream of the team asks for.
fn unasked(right: &Right, events: &[&EventType], asked: &BTreeSet<&EventName>) -> Option<(FindingKind, String)> {
    let unasked: Vec<_> = events.iter().map(|event| &event.name).filter(|event| !asked.contains(event)).collect();
    let named: Vec<_> = unasked.iter().take(MOST_NAMED).map(|event| format!("`{event}`")).collect();
    let more = match unasked.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let words =
        || format!("no stream of team `{}` asks for {}{more}; permit what is asked for", right.team, named.join(", "));
    (!unasked.is_empty()).then(|| (FindingKind::OverBroad, words()))
}
