//! Time is asked for in one place, so that tests can move it: retention, iterator expiry and
//! transitions are then shown without waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a server reads the time.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's own.
    #[default]
    System,
    /// Stands still until it is moved.
    Manual(ManualClock),
}

impl Clock {
    pub(crate) fn now(&self) -> Millis {
        match self {
            Clock::System => Millis::of_system(),
            Clock::Manual(manual) => Millis(manual.0.load(Ordering::Acquire)),
        }
    }
}

/// A clock that only moves when told to. Clones show the same time.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// A clock that stands at `start`.
    pub fn starting_at(start: Timestamp) -> ManualClock {
        ManualClock(Arc::new(AtomicI64::new(start.as_millisecond())))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(millis_in(by), Ordering::AcqRel);
    }
}

/// A moment, in milliseconds since 1970, as fine as Kinesis tells time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Millis(pub(crate) i64);

impl Millis {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that all others ask")]
    fn of_system() -> Millis {
        Millis(Timestamp::now().as_millisecond())
    }

    /// From the API's form, seconds with a fraction.
    pub(crate) fn from_seconds(seconds: f64) -> Millis {
        Millis((seconds * 1000.0).round() as i64)
    }

    pub(crate) fn as_seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    pub(crate) fn plus(self, span: Duration) -> Millis {
        Millis(self.0.saturating_add(millis_in(span)))
    }

    pub(crate) fn minus(self, span: Duration) -> Millis {
        Millis(self.0.saturating_sub(millis_in(span)))
    }

    /// The time from `earlier` until this moment; zero when `earlier` is later.
    pub(crate) fn since(self, earlier: Millis) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

fn millis_in(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
