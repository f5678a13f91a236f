//! What was produced, and hence what every stream must hold: nothing missing, nothing foreign, not a byte changed.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_kinesis::types::Record;
use parking_lot::Mutex;

/// Every event that was ever stored on the Global Event Stream.
#[derive(Default)]
pub(crate) struct Oracle {
    /// Event name and payload by partition key.
    produced: Mutex<BTreeMap<String, (String, Vec<u8>)>>,
}

/// What is wrong with a stream's content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub lost: usize,
    /// Events that the stream may not have, or that nobody produced.
    pub foreign: usize,
    /// Events whose bytes differ from what was produced.
    pub altered: usize,
    pub duplicates: usize,
}

impl Verdict {
    /// At least once: duplicates are allowed, nothing else.
    pub(crate) fn is_complete(self) -> bool {
        Verdict { duplicates: 0, ..self } == Verdict::default()
    }
}

impl Oracle {
    pub(crate) fn note(&self, key: String, event: &str, payload: &[u8]) {
        self.produced.lock().insert(key, (event.to_owned(), payload.to_owned()));
    }

    /// Compares what a stream with `events` holds with what was produced.
    pub(crate) fn verdict(&self, records: &[Record], events: &[&str]) -> Verdict {
        let produced = self.produced.lock();
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let mut verdict = Verdict::default();
        for record in records {
            let key = record.partition_key.as_deref().unwrap_or_default();
            match produced.get(key) {
                Some((event, payload)) if events.contains(&event.as_str()) => {
                    *seen.entry(key).or_default() += 1;
                    verdict.altered += usize::from(payload != record.data().as_ref());
                }
                Some(_) | None => verdict.foreign += 1,
            }
        }
        let wanted = produced.iter().filter(|(_, (event, _))| events.contains(&event.as_str()));
        verdict.lost = wanted.filter(|(key, _)| !seen.contains_key(key.as_str())).count();
        verdict.duplicates = seen.values().map(|times| times - 1).sum();
        verdict
    }
}
