//! How much of what a shard brings is an event. A few records that are not are somebody's mistake; if nearly none is, a
//! producer's release or the envelope itself went wrong, and a person must act. Pure: time is passed in.

use std::time::Duration;

use tokio::time::Instant;

/// What was read lately.
#[derive(Debug, Default)]
pub(super) struct Legibility {
    /// Of about the last [`WINDOW`] records.
    records: f64,
    undecodable: f64,
    is_alarmed: bool,
    /// Records that the log has not told of yet, and when it told last.
    untold: usize,
    told_at: Option<Instant>,
}

/// What is worth a line in the log.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Remark {
    /// So many records were not events since the last remark.
    Some(usize),
    /// Nearly nothing is an event any more.
    NearlyAll,
    /// Most records are events again.
    Recovered,
}

/// How many records are looked back at, and how few say nothing yet.
const WINDOW: f64 = 1_000.0;
const FEW: f64 = 100.0;

/// The share of undecodable records at which the alarm begins, and at which it ends.
const ALARM: f64 = 0.9;
const CALM: f64 = 0.5;

/// How often the log tells of some.
const TELL_EVERY: Duration = Duration::from_secs(60);

impl Legibility {
    /// Counts a read of so many `records`, and says what the log should tell.
    pub(super) fn note(&mut self, records: usize, undecodable: usize, now: Instant) -> Option<Remark> {
        self.records += records as f64;
        self.undecodable += undecodable as f64;
        let keep = (WINDOW / self.records).min(1.0);
        (self.records, self.undecodable) = (self.records * keep, self.undecodable * keep);
        self.untold += undecodable;
        let is_over = if self.is_alarmed { self.share() <= CALM } else { ALARM <= self.share() && FEW <= self.records };
        if is_over {
            return Some(self.turn());
        }
        let is_due = self.told_at.is_none_or(|at| TELL_EVERY <= now - at);
        (0 < self.untold && is_due && !self.is_alarmed).then(|| self.tell(now))
    }

    /// How much is not an event, from 0 to 1.
    pub(super) fn share(&self) -> f64 {
        self.undecodable / self.records.max(1.0)
    }

    fn turn(&mut self) -> Remark {
        self.is_alarmed = !self.is_alarmed;
        self.untold = 0;
        if self.is_alarmed { Remark::NearlyAll } else { Remark::Recovered }
    }

    fn tell(&mut self, now: Instant) -> Remark {
        self.told_at = Some(now);
        Remark::Some(std::mem::take(&mut self.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_are_told_of_now_and_then() {
        let (mut legibility, start) = (Legibility::default(), Instant::now());
        assert_eq!(legibility.note(100, 0, start), None);
        assert_eq!(legibility.note(100, 2, start), Some(Remark::Some(2)));
        assert_eq!(legibility.note(100, 3, start), None);
        assert_eq!(legibility.note(100, 4, start + TELL_EVERY), Some(Remark::Some(7)));
    }

    #[test]
    fn nearly_all_is_told_once_until_most_are_events_again() {
        let (mut legibility, start) = (Legibility::default(), Instant::now());
        legibility.note(1_000, 0, start);
        assert_eq!(legibility.note(10_000, 9_900, start), Some(Remark::NearlyAll));
        assert_eq!(legibility.note(10_000, 9_900, start + TELL_EVERY), None);
        assert_eq!(legibility.note(100, 0, start), None, "one good read says little");
        assert_eq!(legibility.note(1_000, 0, start), Some(Remark::Recovered));
        assert_eq!(legibility.note(100, 0, start), None);
    }

    #[test]
    fn a_handful_of_records_is_no_reason_for_an_alarm() {
        let mut legibility = Legibility::default();
        assert_eq!(legibility.note(3, 3, Instant::now()), Some(Remark::Some(3)));
        assert_eq!(legibility.share(), 1.0);
    }
}
