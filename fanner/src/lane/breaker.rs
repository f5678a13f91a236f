//! Whether a destination works: well, broken, or being tried again with one record at a time. Pure.

use std::time::Duration;

use tokio::time::Instant;

/// Counts how often a destination broke. Sessions of an earlier epoch have ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Epoch(u64);

/// The state of one destination.
#[derive(Clone, Debug)]
pub(super) struct Breaker {
    epoch: Epoch,
    state: State,
    /// How long to leave the destination alone when it breaks next.
    pause: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Well,
    Broken { until: Instant },
    Trying,
}

/// The first and the longest time that a broken destination is left alone.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

impl Breaker {
    pub(super) fn new() -> Self {
        Self { epoch: Epoch(0), state: State::Well, pause: PAUSES.0 }
    }

    pub(super) fn epoch(&self) -> Epoch {
        self.epoch
    }

    pub(super) fn is_well(&self) -> bool {
        self.state == State::Well
    }

    pub(super) fn is_broken(&self) -> bool {
        matches!(self.state, State::Broken { .. })
    }

    /// A record was stored. Whether that is news.
    pub(super) fn worked(&mut self) -> bool {
        let is_news = self.state != State::Well;
        (self.state, self.pause) = (State::Well, PAUSES.0);
        is_news
    }

    /// The destination takes nothing: it is left alone for a while that doubles each time.
    pub(super) fn broke(&mut self, now: Instant) {
        self.epoch.0 += 1;
        self.state = State::Broken { until: now + self.pause };
        self.pause = (self.pause * 2).min(PAUSES.1);
    }

    /// Lets the destination be tried again once its pause is over; whether it may be given records at all.
    pub(super) fn may_try(&mut self, now: Instant) -> bool {
        match self.state {
            State::Broken { until } if now < until => false,
            State::Broken { .. } => {
                self.state = State::Trying;
                true
            }
            State::Well | State::Trying => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_destination_is_tried_after_pauses_that_double_up_to_a_minute() {
        let (mut breaker, mut now) = (Breaker::new(), Instant::now());
        let pauses: Vec<_> = (0..8)
            .map(|_| {
                breaker.broke(now);
                let start = now;
                while !breaker.may_try(now) {
                    now += Duration::from_millis(500);
                }
                (now - start).as_secs()
            })
            .collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
    }

    #[test]
    fn one_stored_record_makes_it_well_again_and_the_next_pause_short() {
        let (mut breaker, now) = (Breaker::new(), Instant::now());
        breaker.broke(now);
        breaker.broke(now);
        assert!(breaker.may_try(now + Duration::from_secs(2)));
        assert!(!breaker.is_well());
        assert!(breaker.worked());
        assert!(!breaker.worked());
        assert!(breaker.is_well());
        breaker.broke(now);
        assert!(breaker.may_try(now + Duration::from_secs(1)));
    }
}
