//! How often a shard may be read: Kinesis allows five reads a second of a shard, shared by everybody who reads it.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// The turns at one shard, shared by its readers. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    interval: Duration,
    next: Arc<Mutex<Instant>>,
}

impl Pace {
    /// At most `per_second` reads a second; 0: as many as possible.
    pub(crate) fn per_second(per_second: u32) -> Self {
        let interval = Duration::from_secs(1).checked_div(per_second).unwrap_or_default();
        Self { interval, next: Arc::new(Mutex::new(Instant::now())) }
    }

    /// Waits for the next turn.
    pub(crate) async fn turn(&self) {
        tokio::time::sleep_until(self.take_turn(Instant::now())).await;
    }

    /// When the next turn is, for somebody who asks at `now`.
    fn take_turn(&self, now: Instant) -> Instant {
        let mut next = self.next.lock();
        let turn = now.max(*next);
        *next = turn + self.interval;
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_readers_share_the_turns_of_a_shard() {
        let one = Pace::per_second(5);
        let (other, now) = (one.clone(), Instant::now());
        let turns: Vec<_> = [&one, &other, &one, &other].map(|pace| (pace.take_turn(now) - now).as_millis()).into();
        assert_eq!(turns, [0, 200, 400, 600]);
    }

    #[test]
    fn a_shard_without_a_limit_is_read_at_once() {
        let (pace, now) = (Pace::per_second(0), Instant::now());
        assert_eq!([pace.take_turn(now), pace.take_turn(now)], [now, now]);
    }
}
