//! From what people asked for to the table that the data plane obeys.

use std::collections::BTreeMap;

use fanner_model::{Destination, EventName, EventType, Route, RuleSet, Stream, StreamName, TeamName};
use jiff::Timestamp;

use crate::access::decide;
use crate::store::Interests;

/// The rules that follow from `interests` at `now`. Only what a team may have is in them, and only while somebody asks
/// for it: a route is open as long as the subscription that lasts longest.
pub(crate) fn compile(interests: &Interests, now: Timestamp) -> RuleSet {
    let types: BTreeMap<_, _> = interests.event_types.iter().map(|event_type| (&event_type.name, event_type)).collect();
    let mut destinations: BTreeMap<StreamName, Destination> = BTreeMap::new();
    let mut teams: BTreeMap<&StreamName, &TeamName> = BTreeMap::new();
    for record in &interests.streams {
        let Stream { id, name, team, spec, .. } = &record.stream;
        let (format, partition_by) = (spec.format, spec.partition_by);
        let mut destination = Destination { id: *id, format, partition_by, events: BTreeMap::new() };
        open(&mut destination, &spec.events, None, team, &types);
        destinations.insert(name.clone(), destination);
        teams.insert(name, team);
    }
    for subscription in &interests.subscriptions {
        let spec = &subscription.spec;
        if spec.expires_at.is_some_and(|end| end <= now) {
            continue;
        }
        if let (Some(destination), Some(team)) = (destinations.get_mut(&spec.stream), teams.get(&spec.stream)) {
            open(destination, &spec.events, spec.expires_at, team, &types);
        }
    }
    RuleSet { revision: interests.revision, destinations }
}

/// Opens a route for each of `events` that `team` may have, until `end`.
fn open<'a>(
    destination: &mut Destination,
    events: impl IntoIterator<Item = &'a EventName>,
    end: Option<Timestamp>,
    team: &TeamName,
    types: &BTreeMap<&EventName, &EventType>,
) {
    for event in events {
        let Some(event_type) = types.get(event) else { continue };
        if decide(team, event_type).is_active() {
            let route = Route { not_after: end };
            destination.events.entry(event.clone()).and_modify(|open| *open = longer(open, &route)).or_insert(route);
        }
    }
}

fn longer(one: &Route, other: &Route) -> Route {
    Route { not_after: one.not_after.zip(other.not_after).map(|(one, other)| one.max(other)) }
}

#[cfg(test)]
mod tests {
    use fanner_model::{
        Classification, EventTypeSpec, Phase, Revision, StreamId, StreamSpec, StreamStatus, SubscriptionId,
        SubscriptionSpec,
    };

    use super::*;
    use crate::store::{StreamRecord, SubscriptionRecord};

    #[test]
    fn a_stream_gets_what_it_asks_for_and_may_have() {
        let rules = compiled(&["own", "public", "secret", "undeclared"], &[]);
        assert_eq!(routes(&rules), [("own", None), ("public", None)]);
        assert_eq!(rules.revision, Revision(7));
    }

    #[test]
    fn a_further_subscription_adds_events_until_its_end() {
        let rules = compiled(&["own"], &[(&["public", "secret"], Some(2_000))]);
        assert_eq!(routes(&rules), [("own", None), ("public", Some(2_000))]);
    }

    #[test]
    fn of_two_ends_the_later_counts_and_no_end_is_the_latest() {
        let two = compiled(&[], &[(&["own"], Some(3_000)), (&["own"], Some(2_000))]);
        assert_eq!(routes(&two), [("own", Some(3_000))]);
        let endless = compiled(&["own"], &[(&["own"], Some(2_000))]);
        assert_eq!(routes(&endless), [("own", None)]);
    }

    #[test]
    fn an_expired_subscription_adds_nothing() {
        assert_eq!(routes(&compiled(&[], &[(&["own"], Some(1_000))])), []);
    }

    #[test]
    fn a_subscription_of_a_stream_that_kinesis_does_not_have_adds_nothing() {
        let mut interests = interests(&[], &[(&["own"], None)]);
        interests.streams.clear();
        assert_eq!(compile(&interests, second(1_000)).destinations, BTreeMap::new());
    }

    type Further<'a> = (&'a [&'a str], Option<i64>);

    /// The rules of stream `mine` of team `fraud`, at second 1,000.
    fn compiled(events: &[&str], further: &[Further<'_>]) -> RuleSet {
        compile(&interests(events, further), second(1_000))
    }

    fn routes(rules: &RuleSet) -> Vec<(&str, Option<i64>)> {
        let destination = &rules.destinations[&"mine".parse::<StreamName>().unwrap()];
        destination
            .events
            .iter()
            .map(|(name, route)| (name.as_str(), route.not_after.map(Timestamp::as_second)))
            .collect()
    }

    fn interests(events: &[&str], further: &[Further<'_>]) -> Interests {
        Interests {
            revision: Revision(7),
            streams: vec![stream(events)],
            subscriptions: further.iter().map(|(events, end)| subscription(events, *end)).collect(),
            event_types: vec![
                event_type("own", "fraud", Classification::Restricted),
                event_type("public", "payments", Classification::Public),
                event_type("secret", "payments", Classification::Internal),
            ],
        }
    }

    fn stream(events: &[&str]) -> StreamRecord {
        let stream = Stream {
            id: StreamId::random(),
            name: "mine".parse().unwrap(),
            team: "fraud".parse().unwrap(),
            generation: 1,
            created_at: second(0),
            updated_at: second(0),
            spec: StreamSpec {
                events: events.iter().map(|name| name.parse().unwrap()).collect(),
                ..StreamSpec::default()
            },
            status: StreamStatus { phase: Phase::Active, ..StreamStatus::default() },
            access: BTreeMap::new(),
        };
        StreamRecord {
            stream,
            capacity_generation: 1,
            served: true,
            revision: Revision(1),
            attempts: 0,
            idempotency_key: None,
            asked_by: "token:1".parse().unwrap(),
        }
    }

    fn subscription(events: &[&str], end: Option<i64>) -> SubscriptionRecord {
        SubscriptionRecord {
            id: SubscriptionId::random(),
            team: "fraud".parse().unwrap(),
            generation: 1,
            created_at: second(0),
            updated_at: second(0),
            spec: SubscriptionSpec {
                stream: "mine".parse().unwrap(),
                events: events.iter().map(|name| name.parse().unwrap()).collect(),
                purpose: None,
                mask: Default::default(),
                expires_at: end.map(second),
            },
            idempotency_key: None,
            asked_by: "token:1".parse().unwrap(),
        }
    }

    fn event_type(name: &str, team: &str, classification: Classification) -> EventType {
        EventType {
            name: name.parse().unwrap(),
            team: team.parse().unwrap(),
            version: 1,
            created_at: second(0),
            updated_at: second(0),
            spec: EventTypeSpec { classification, ..EventTypeSpec::default() },
        }
    }

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }
}
