//! What time it is. Everything that needs the time asks here, so that a test can move it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// The system's clock, moved by what tests have added. Whole microseconds, as the database keeps them.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    ahead_micros: Arc<AtomicI64>,
}

impl Clock {
    /// The time.
    #[expect(clippy::disallowed_methods, reason = "this is the program's clock")]
    pub fn now(&self) -> Timestamp {
        let micros = Timestamp::now().as_microsecond() + self.ahead_micros.load(Ordering::Relaxed);
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
    }

    /// Lets `by` pass at once, for everyone who shares this clock.
    pub fn advance(&self, by: Duration) {
        let micros = SignedDuration::try_from(by).map_or(i64::MAX, |by| by.as_micros().try_into().unwrap_or(i64::MAX));
        self.ahead_micros.fetch_add(micros, Ordering::Relaxed);
    }
}
