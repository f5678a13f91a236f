//! Which streams get an event: the rule set, turned so that it can be asked by event. Pure.

use std::collections::{BTreeMap, HashMap};

use fanner_model::{EventName, Format, PartitionBy, Permit, Route, RuleSet, StreamId, StreamName};
use jiff::Timestamp;

/// The rules in force.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Router {
    routes: HashMap<EventName, BTreeMap<StreamId, Route>>,
    outlets: BTreeMap<StreamId, Outlet>,
}

/// What a stream's records look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outlet {
    pub name: StreamName,
    pub format: Format,
    pub partition_by: Option<PartitionBy>,
}

impl Router {
    /// Compiles the rules.
    pub(crate) fn new(rules: RuleSet) -> Self {
        let mut router = Self::default();
        for (name, destination) in rules.destinations {
            for (event, route) in destination.events {
                router.routes.entry(event).or_default().insert(destination.id, route);
            }
            let outlet = Outlet { name, format: destination.format, partition_by: destination.partition_by };
            router.outlets.insert(destination.id, outlet);
        }
        router
    }

    /// The streams that get `event` at `now`.
    pub(crate) fn streams(&self, event: &EventName, now: Timestamp) -> impl Iterator<Item = StreamId> {
        let routes = self.routes.get(event).into_iter().flatten();
        routes.filter(move |(_, route)| route.permit(now).is_some()).map(|(stream, _)| *stream)
    }

    /// Whether any stream may have `event`, now or at another time.
    pub(crate) fn names(&self, event: &EventName) -> bool {
        self.routes.contains_key(event)
    }

    /// The permission by which `stream` gets `event` at `now`; `None`: it does not get it.
    pub(crate) fn permit(&self, stream: StreamId, event: &EventName, now: Timestamp) -> Option<&Permit> {
        self.routes.get(event)?.get(&stream)?.permit(now)
    }

    /// What `stream` receives; `None` if the rules do not name it.
    pub(crate) fn outlet(&self, stream: StreamId) -> Option<&Outlet> {
        self.outlets.get(&stream)
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
        assert_eq!(router.permit(fraud, &name("card_swiped"), at(60)), None);
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
        Router::new(RuleSet { revision: Revision(1), destinations: destinations.into() })
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
