//! From what people asked for to the table that the data plane obeys.

use std::collections::BTreeMap;

use fanner_access::{Judge, Prospect};
use fanner_model::{Destination, EventType, Permit, Route, RuleSet, StreamName};
use jiff::Timestamp;

use crate::store::Interests;
use crate::world::{Asking, World, askings};

/// The rules, and when they must be compiled anew though nothing was changed.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub rules: RuleSet,
    /// From this moment on something may be permitted that is not now. What ends, ends by itself.
    pub opens_at: Option<Timestamp>,
}

/// The rules that follow from `interests` at `now`. Only what a stream may have is in them, and only while it asks for it.
pub(crate) fn compile(interests: &Interests, world: &World, now: Timestamp) -> Compiled {
    let mut judge = world.judge();
    let mut destinations: BTreeMap<StreamName, Destination> = BTreeMap::new();
    let mut opens_at = None;
    for record in interests.streams.iter().filter(|record| record.served) {
        let stream = &record.stream;
        let (format, partition_by) = (stream.spec.format, stream.spec.partition_by);
        let destination = Destination { id: stream.id, format, partition_by, events: BTreeMap::new() };
        destinations.insert(stream.name.clone(), destination);
    }
    for asking in askings(interests) {
        let Some(destination) = destinations.get_mut(asking.stream) else { continue };
        for (declared, Prospect { permits, opens_at: opens }) in prospects(&asking, &mut judge, world, now) {
            opens_at = [opens_at, opens].into_iter().flatten().min();
            if !permits.is_empty() {
                let route = destination.events.entry(declared.name.clone()).or_default();
                route.classification = declared.spec.classification;
                permit(route, permits);
            }
        }
    }
    Compiled { rules: RuleSet { revision: interests.revision, destinations }, opens_at }
}

/// What may be delivered of each declared event that a subscription asks for.
fn prospects<'w>(
    asking: &Asking<'w>,
    judge: &mut Judge<'w>,
    world: &'w World,
    now: Timestamp,
) -> Vec<(&'w EventType, Prospect)> {
    let declared = asking.events.iter().filter_map(|event| world.event_type(event));
    declared.map(|declared| (declared, judge.prospect(&world.question(asking, declared, now)))).collect()
}

/// Adds the permissions of one more subscription to a route: least masked first, each longer than all before it.
fn permit(route: &mut Route, permits: Vec<Permit>) {
    route.permits.extend(permits);
    route.permits.sort_by_key(|permit| permit.mask.len());
    let mut kept: Vec<Permit> = Vec::new();
    for permit in route.permits.drain(..) {
        let is_same = |last: &Permit| last.mask.len() == permit.mask.len();
        match kept.last_mut() {
            Some(last) if !permit.outlasts(last) => {}
            Some(last) if is_same(last) => *last = permit,
            Some(_) | None => kept.push(permit),
        }
    }
    route.permits = kept;
}

#[cfg(test)]
mod tests {
    use fanner_model::{
        Classification, EventTypeSpec, Phase, Revision, Stream, StreamId, StreamSpec, StreamStatus, SubscriptionId,
        SubscriptionSpec,
    };

    use super::*;
    use crate::store::{Facts, StreamRecord, SubscriptionRecord};

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
        assert_eq!(compile(&interests, &world(), second(1_000)).rules.destinations, BTreeMap::new());
    }

    type Further<'a> = (&'a [&'a str], Option<i64>);

    /// The rules of stream `mine` of team `fraud`, at second 1,000.
    fn compiled(events: &[&str], further: &[Further<'_>]) -> RuleSet {
        compile(&interests(events, further), &world(), second(1_000)).rules
    }

    fn routes(rules: &RuleSet) -> Vec<(&str, Option<i64>)> {
        let destination = &rules.destinations[&"mine".parse::<StreamName>().unwrap()];
        destination
            .events
            .iter()
            .map(|(name, route)| {
                let last = route.permits.last().expect("a route that permits nothing is none");
                (name.as_str(), last.not_after.map(Timestamp::as_second))
            })
            .collect()
    }

    fn interests(events: &[&str], further: &[Further<'_>]) -> Interests {
        Interests {
            revision: Revision(7),
            streams: vec![stream(events)],
            subscriptions: further.iter().map(|(events, end)| subscription(events, *end)).collect(),
        }
    }

    fn world() -> World {
        let event_types = vec![
            event_type("own", "fraud", Classification::Restricted),
            event_type("public", "payments", Classification::Public),
            event_type("secret", "payments", Classification::Internal),
        ];
        World::new(Facts { event_types, ..Facts::default() }).unwrap()
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
            role_id: None,
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
