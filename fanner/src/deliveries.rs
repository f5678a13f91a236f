//! What was delivered last, on its way to the control plane: so that a reviewer sees which access is used.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use fanner_client::Client;
use fanner_model::{Delivery, EventName, StreamId};
use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::report::report;

/// What was delivered, by all lanes. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deliveries(Arc<Mutex<Last>>);

/// The last delivery of each event to each stream. Bounded by what the rules name.
#[derive(Debug, Default)]
struct Last(HashMap<StreamId, HashMap<EventName, Moment>>);

#[derive(Clone, Copy, Debug)]
struct Moment {
    at: Timestamp,
    /// The delivery that the control plane was told of last, and when.
    told: Option<(Timestamp, Instant)>,
}

/// How many deliveries one report has.
const MOST_IN_REPORT: usize = 1_000;

/// The first delivery is told at once, those after it this often.
const AGAIN_AFTER: Duration = Duration::from_secs(60);

/// What was not delivered for so long is forgotten here; the control plane knows it.
const MEMORY: Duration = Duration::from_secs(3_600);

impl Deliveries {
    /// Events were stored in a stream.
    pub(crate) fn note<'a>(&self, stream: StreamId, events: impl IntoIterator<Item = &'a EventName>, at: Timestamp) {
        let mut last = self.0.lock();
        let of_stream = last.0.entry(stream).or_default();
        for event in events {
            match of_stream.get_mut(event) {
                Some(moment) => moment.at = at,
                None => _ = of_stream.insert(event.clone(), Moment { at, told: None }),
            }
        }
    }

    /// Reports what was delivered. Never returns.
    pub(crate) async fn report(self, client: Client) {
        let due = || self.0.lock().due(Instant::now());
        let told = |due: &[Delivery]| self.0.lock().told(due, Instant::now());
        report("deliveries", due, |due| client.report_deliveries(due), told).await;
    }
}

impl Last {
    /// What is to be reported now.
    fn due(&self, now: Instant) -> Vec<Delivery> {
        let all =
            self.0.iter().flat_map(|(stream, events)| events.iter().map(move |(event, last)| (stream, event, last)));
        let due = all.filter(|(_, _, last)| last.is_due(now)).take(MOST_IN_REPORT);
        due.map(|(stream, event, last)| Delivery { stream: *stream, event: event.clone(), last_at: last.at }).collect()
    }

    /// These were reported. Makes room by forgetting what was reported long ago.
    fn told(&mut self, deliveries: &[Delivery], now: Instant) {
        for Delivery { stream, event, last_at } in deliveries {
            let last = self.0.get_mut(stream).and_then(|events| events.get_mut(event));
            last.into_iter().for_each(|last| last.told = Some((*last_at, now)));
        }
        self.0.values_mut().for_each(|events| events.retain(|_, last| !last.is_old(now)));
        self.0.retain(|_, events| !events.is_empty());
    }
}

impl Moment {
    fn is_due(&self, now: Instant) -> bool {
        self.told.is_none_or(|(last, at)| last != self.at && AGAIN_AFTER <= now - at)
    }

    fn is_old(&self, now: Instant) -> bool {
        self.told.is_some_and(|(last, at)| last == self.at && MEMORY <= now - at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_delivery_is_told_at_once_and_later_ones_now_and_then() {
        let (deliveries, stream, start) = (Deliveries::default(), StreamId::random(), Instant::now());
        let due = |now| -> Vec<_> { deliveries.0.lock().due(now).into_iter().map(|told| told.last_at).collect() };
        deliveries.note(stream, [&name("a"), &name("a")], second(1));
        assert_eq!(due(start), [second(1)]);
        let told = deliveries.0.lock().due(start);
        deliveries.0.lock().told(&told, start);
        deliveries.note(stream, [&name("a")], second(2));
        assert_eq!(due(start + AGAIN_AFTER / 2), []);
        assert_eq!(due(start + AGAIN_AFTER), [second(2)]);
    }

    #[test]
    fn what_was_told_long_ago_is_forgotten_and_reports_stay_small() {
        let (deliveries, stream, start) = (Deliveries::default(), StreamId::random(), Instant::now());
        let names: Vec<_> = (0..2 * MOST_IN_REPORT).map(|number| name(&format!("e{number}"))).collect();
        deliveries.note(stream, &names, second(1));
        let mut last = deliveries.0.lock();
        for _ in 0..2 {
            let due = last.due(start);
            assert_eq!(due.len(), MOST_IN_REPORT);
            last.told(&due, start);
        }
        last.told(&[], start + MEMORY);
        assert_eq!(last.0.len(), 0);
    }

    fn name(text: &str) -> EventName {
        text.parse().unwrap()
    }

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }
}
