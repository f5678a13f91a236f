//! How long to wait before trying again.

use std::time::Duration;

/// Pauses that grow: each is random between nothing and a ceiling that doubles up to a cap ("full jitter"), so that many
/// who failed together do not come back together.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    base: Duration,
    cap: Duration,
    attempt: u32,
}

impl Backoff {
    /// The first ceiling is `base`, the highest `cap`.
    pub(crate) fn new(base: Duration, cap: Duration) -> Self {
        Self { base, cap, attempt: 0 }
    }

    /// Counts a failure, and says how long to wait.
    pub(crate) fn failed(&mut self) -> Duration {
        let ceiling = self.ceiling();
        self.attempt = self.attempt.saturating_add(1);
        ceiling.mul_f64(fastrand::f64())
    }

    /// Starts over: something worked.
    pub(crate) fn worked(&mut self) {
        self.attempt = 0;
    }

    /// How many failures there were since something last worked.
    pub(crate) fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Whether this failure is worth a line in the log: the 1st, 2nd, 4th, 8th … of a row.
    pub(crate) fn is_worth_a_line(&self) -> bool {
        self.attempt.is_power_of_two()
    }

    fn ceiling(&self) -> Duration {
        self.base.saturating_mul(1 << self.attempt.min(20)).min(self.cap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_the_cap() {
        let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(2));
        let ceilings: Vec<_> = (0..8)
            .map(|_| {
                let ceiling = backoff.ceiling();
                assert!(backoff.failed() <= ceiling);
                ceiling.as_millis()
            })
            .collect();
        assert_eq!(ceilings, [50, 100, 200, 400, 800, 1600, 2000, 2000]);
        backoff.worked();
        assert_eq!(backoff.ceiling().as_millis(), 50);
    }
}
