//! Everything that access depends on at one moment, now or in the past: what is known, and who asks for what.

use std::collections::BTreeMap;
use std::sync::Arc;

use fanner_model::{EventName, Reader, StreamName, SubscriptionId};
use jiff::Timestamp;

use super::{Asking, World, askings};
use crate::store::{Deliveries, Interests};

/// A moment.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub at: Timestamp,
    pub world: Arc<World>,
    pub interests: Interests,
    /// What was delivered last; of the past nothing is known.
    pub deliveries: Deliveries,
}

impl Moment {
    /// The subscriptions that ask for an event, in the order of their places after `after`, and what each is told about it.
    pub(crate) fn readers(&self, event: &EventName, after: &str, limit: usize) -> Vec<Reader> {
        let mut asking = self.asking(|asking| asking.events.contains(event));
        asking.sort_by_cached_key(|asking| place(asking.stream, asking.subscription));
        asking.retain(|asking| after < place(asking.stream, asking.subscription).as_str());
        asking.truncate(limit);
        self.told(asking.into_iter().map(|asking| (asking, event)))
    }

    /// What the subscriptions of a stream are told about an event that they ask for.
    pub(crate) fn answers(&self, stream: &StreamName, event: &EventName) -> Vec<Reader> {
        let asking = self.asking(|asking| asking.stream == stream && asking.events.contains(event));
        self.told(asking.into_iter().map(|asking| (asking, event)))
    }

    /// Those of all subscriptions that are wanted.
    pub(crate) fn asking(&self, wanted: impl Fn(&Asking<'_>) -> bool) -> Vec<Asking<'_>> {
        askings(&self.interests).filter(wanted).collect()
    }

    /// What subscriptions are told about events; those that are not declared are left out.
    pub(crate) fn told<'m>(&'m self, asking: impl IntoIterator<Item = (Asking<'m>, &'m EventName)>) -> Vec<Reader> {
        let mut judge = self.world.judge();
        let ids: BTreeMap<_, _> =
            self.interests.streams.iter().map(|record| (&record.stream.name, record.stream.id)).collect();
        let told = |(asking, event): (Asking<'m>, &EventName)| {
            let declared = self.world.event_type(event)?;
            let reader = asking.reader(&mut judge, declared, &self.world, self.at);
            let last_delivered_at = ids.get(asking.stream).and_then(|id| self.deliveries.last(*id, event));
            Some(Reader { last_delivered_at, ..reader })
        };
        asking.into_iter().filter_map(told).collect()
    }
}

/// Where a subscription stands in the list of an event's readers.
pub(crate) fn place(stream: &StreamName, subscription: Option<SubscriptionId>) -> String {
    let own = subscription.map(|id| id.to_string()).unwrap_or_default();
    format!("{stream}/{own}")
}
