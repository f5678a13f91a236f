//! Which streams get an event: the rule set, turned so that it can be asked by event. Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use fanner_model::{Classification, EventName, Format, PartitionBy, Permit, Route, RuleSet, StreamId, StreamName};
use jiff::{SignedDuration, Timestamp};

/// The rules in force. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Router {
    table: Arc<Table>,
    /// As of when the control plane said that these are the newest.
    confirmed_at: Timestamp,
}

#[derive(Debug, Default, PartialEq)]
struct Table {
    routes: HashMap<EventName, BTreeMap<StreamId, Route>>,
    outlets: BTreeMap<StreamId, Outlet>,
    /// How carefully the events in it must be handled.
    classifications: BTreeSet<Classification>,
}

/// What is to be done with an event for a stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict<'a> {
    Deliver(&'a Permit),
    /// It is permitted, but the rules were not confirmed for longer than events of this classification allow: the stream
    /// waits with it.
    Hold(Classification),
    Refuse,
}

/// What a stream's records look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outlet {
    pub name: StreamName,
    pub format: Format,
    pub partition_by: Option<PartitionBy>,
}

impl Router {
    /// Compiles the rules, which were the newest at `confirmed_at`.
    pub(crate) fn new(rules: RuleSet, confirmed_at: Timestamp) -> Self {
        let mut table = Table::default();
        for (name, destination) in rules.destinations {
            for (event, route) in destination.events {
                table.classifications.insert(route.classification);
                table.routes.entry(event).or_default().insert(destination.id, route);
            }
            let outlet = Outlet { name, format: destination.format, partition_by: destination.partition_by };
            table.outlets.insert(destination.id, outlet);
        }
        Self { table: Arc::new(table), confirmed_at }
    }

    /// The same rules, which were still the newest at `confirmed_at`.
    pub(crate) fn confirmed(&self, confirmed_at: Timestamp) -> Self {
        Self { table: self.table.clone(), confirmed_at }
    }

    /// The streams that may have `event` at `now`, even if they must wait for it.
    pub(crate) fn streams(&self, event: &EventName, now: Timestamp) -> impl Iterator<Item = StreamId> {
        let routes = self.table.routes.get(event).into_iter().flatten();
        routes.filter(move |(_, route)| route.permit(now).is_some()).map(|(stream, _)| *stream)
    }

    /// Whether any stream may have `event`, now or at another time.
    pub(crate) fn names(&self, event: &EventName) -> bool {
        self.table.routes.contains_key(event)
    }

    /// What is to be done at `now` with `event` for `stream`.
    pub(crate) fn verdict(&self, stream: StreamId, event: &EventName, now: Timestamp) -> Verdict<'_> {
        let route = self.table.routes.get(event).and_then(|streams| streams.get(&stream));
        match route.and_then(|route| Some((route.classification, route.permit(now)?))) {
            None => Verdict::Refuse,
            Some((classification, _)) if self.is_stale(classification, now) => Verdict::Hold(classification),
            Some((_, permit)) => Verdict::Deliver(permit),
        }
    }

    /// The least careful classification whose events wait at `now` for these rules to be confirmed.
    pub(crate) fn held(&self, now: Timestamp) -> Option<Classification> {
        self.table.classifications.iter().copied().find(|classification| self.is_stale(*classification, now))
    }

    /// Whether these rules were not confirmed for longer than events of `classification` allow.
    fn is_stale(&self, classification: Classification, now: Timestamp) -> bool {
        classification.longest_unconfirmed().is_some_and(|longest| longest < self.unconfirmed_for(now))
    }

    /// How long ago these rules were last known to be the newest.
    pub(crate) fn unconfirmed_for(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.confirmed_at)
    }

    /// What `stream` receives; `None` if the rules do not name it.
    pub(crate) fn outlet(&self, stream: StreamId) -> Option<&Outlet> {
        self.table.outlets.get(&stream)
    }
}

#[cfg(test)]
mod tests {
    use fanner_model::{Destination, Revision};

    use super::*;

    #[test]
    fn an_event_goes_to_the_streams_whose_rules_name_it_and_to_no_others() {
        let (fraud, growth) = (StreamId::random(), StreamId::random());
        let router = router([("fraud", fraud, "card_swiped", None), ("growth", growth, "account_opened", None)]);
        assert_eq!(streams(&router, "card_swiped", 0), [fraud]);
        assert_eq!(streams(&router, "account_opened", 0), [growth]);
        assert_eq!(streams(&router, "card_lost", 0), []);
        assert_eq!(router.outlet(fraud).unwrap().name.as_str(), "fraud");
    }

    #[test]
    fn a_route_ends_at_its_hour() {
        let fraud = StreamId::random();
        let router = router([("fraud", fraud, "card_swiped", Some(60))]);
        assert_eq!(streams(&router, "card_swiped", 59), [fraud]);
        assert_eq!(streams(&router, "card_swiped", 60), []);
        assert_eq!(router.verdict(fraud, &name("card_swiped"), at(60)), Verdict::Refuse);
    }

    #[test]
    fn rules_that_were_not_confirmed_for_long_hold_what_needs_care_and_nothing_else() {
        let fraud = StreamId::random();
        let held = |hours: i64| {
            Classification::ALL.map(|classification| {
                let router = router([("fraud", fraud, "card_swiped", None)]).classified(classification);
                router.verdict(fraud, &name("card_swiped"), at(hours * 3600 + 1)) == Verdict::Hold(classification)
            })
        };
        assert_eq!(held(3), [false, false, false, false]);
        assert_eq!(held(4), [false, false, false, true]);
        assert_eq!(held(24), [false, false, true, true]);
        assert_eq!(held(72), [false, true, true, true]);
        let again = router([("fraud", fraud, "card_swiped", None)]).confirmed(at(100 * 3600));
        assert!(matches!(again.verdict(fraud, &name("card_swiped"), at(100 * 3600)), Verdict::Deliver(_)));
    }

    #[test]
    fn no_rules_route_nothing() {
        assert_eq!(streams(&Router::default(), "card_swiped", 0), []);
    }

    fn router<const N: usize>(rules: [(&str, StreamId, &str, Option<i64>); N]) -> Router {
        let destinations = rules.map(|(stream, id, event, until)| {
            let events = BTreeMap::from([(name(event), route(until))]);
            (stream.parse().unwrap(), Destination { id, format: Format::Payload, partition_by: None, events })
        });
        Router::new(RuleSet { revision: Revision(1), destinations: destinations.into() }, at(0))
    }

    impl Router {
        fn classified(mut self, classification: Classification) -> Self {
            let table = Arc::get_mut(&mut self.table).expect("nobody shares it yet");
            let routes = table.routes.values_mut().flat_map(BTreeMap::values_mut);
            routes.for_each(|route| route.classification = classification);
            self
        }
    }

    fn streams(router: &Router, event: &str, second: i64) -> Vec<StreamId> {
        router.streams(&name(event), at(second)).collect()
    }

    fn name(text: &str) -> EventName {
        text.parse().unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn route(until: Option<i64>) -> Route {
        Route { permits: vec![Permit { not_after: until.map(at), ..Permit::default() }], ..Route::default() }
    }
}
