//! Names of events that are on the Global Event Stream and not in the rules, on their way to the control plane: a name that
//! events bear already must not be given to whoever asks for it first.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use fanner_client::Client;
use fanner_model::EventName;
use metrics::Counter;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::report::report;

/// What was seen, by all pipelines. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sightings {
    seen: Arc<Mutex<Seen>>,
    reported: Counter,
}

/// Names by when they may be reported next. A bounded set: anybody can make names up.
#[derive(Debug, Default)]
struct Seen(HashMap<EventName, Report>);

#[derive(Clone, Copy, Debug)]
enum Report {
    Due,
    /// The control plane knows; what is seen meanwhile is no news.
    Made(Instant),
}

/// How many names are kept in mind, and how many of them one report has.
const MOST_NAMES: usize = 10_000;
const MOST_IN_REPORT: usize = 1_000;

/// A name is reported again after this, if it is seen again.
const AGAIN_AFTER: Duration = Duration::from_secs(600);

impl Sightings {
    /// Nothing was seen yet. `reported` counts names that the control plane was told.
    pub(crate) fn new(reported: Counter) -> Self {
        Self { seen: Arc::default(), reported }
    }

    /// An event was seen whose name is not in the rules.
    pub(crate) fn note(&self, event: &EventName) {
        self.seen.lock().note(event, Instant::now());
    }

    /// Reports what was seen. Never returns.
    pub(crate) async fn report(self, client: Client) {
        let tell = |due: Vec<EventName>| client.report_sightings(due.into_iter().collect());
        let told = |due: &[EventName]| {
            self.reported.increment(due.len() as u64);
            self.seen.lock().made(due, Instant::now());
        };
        report("sightings", || self.seen.lock().due(), tell, told).await;
    }
}

impl Seen {
    fn note(&mut self, event: &EventName, now: Instant) {
        let is_news = match self.0.get(event) {
            Some(report) => report.is_old(now),
            // Without room it is noted when it is seen next.
            None => self.0.len() < MOST_NAMES,
        };
        if is_news {
            self.0.insert(event.clone(), Report::Due);
        }
    }

    /// What is to be reported now.
    fn due(&self) -> Vec<EventName> {
        let due = self.0.iter().filter(|(_, report)| matches!(report, Report::Due));
        due.take(MOST_IN_REPORT).map(|(event, _)| event.clone()).collect()
    }

    /// These were reported. Makes room by forgetting those that were reported long ago.
    fn made(&mut self, events: &[EventName], now: Instant) {
        for event in events {
            self.0.insert(event.clone(), Report::Made(now));
        }
        self.0.retain(|_, report| !report.is_old(now));
    }
}

impl Report {
    fn is_old(self, now: Instant) -> bool {
        matches!(self, Self::Made(at) if AGAIN_AFTER <= now - at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_reported_once_and_again_only_if_it_is_seen_much_later() {
        let (mut seen, start) = (Seen::default(), Instant::now());
        seen.note(&name("a"), start);
        seen.note(&name("a"), start);
        assert_eq!(seen.due(), [name("a")]);
        seen.made(&seen.due(), start);
        seen.note(&name("a"), start + AGAIN_AFTER / 2);
        assert_eq!(seen.due(), []);
        seen.note(&name("a"), start + AGAIN_AFTER);
        assert_eq!(seen.due(), [name("a")]);
    }

    #[test]
    fn made_up_names_cannot_use_up_the_memory_nor_make_large_reports() {
        let (mut seen, start) = (Seen::default(), Instant::now());
        for number in 0..2 * MOST_NAMES {
            seen.note(&name(&format!("e{number}")), start);
        }
        assert_eq!((seen.0.len(), seen.due().len()), (MOST_NAMES, MOST_IN_REPORT));
        seen.made(&seen.due(), start);
        seen.made(&[], start + AGAIN_AFTER);
        assert_eq!(seen.0.len(), MOST_NAMES - MOST_IN_REPORT);
    }

    fn name(text: &str) -> EventName {
        text.parse().unwrap()
    }
}
