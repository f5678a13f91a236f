//! Records that can never be delivered: kept in files with their reason, until a person has dealt with them. A record counts
//! as done once it is on disk. While there is no room, nothing counts, and records wait in the Global Event Stream.

mod kept;
mod shelf;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use parking_lot::Mutex;
use tokio::time::Instant;
use tracing::{error, info, warn};

use crate::backoff::Backoff;
use crate::clock::Clock;
use crate::telemetry::AsideMetrics;

pub use kept::Kept;
pub use shelf::{Budget, kept_in};
use shelf::{Shelf, ShelfError};

/// The folder of what was kept aside. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Aside {
    shelf: Arc<Mutex<Shelf>>,
    state: Arc<Mutex<State>>,
    clock: Clock,
    metrics: AsideMetrics,
}

/// Whether the folder takes anything, and if not, when to try again.
struct State {
    trouble: Option<Trouble>,
    try_at: Instant,
    backoff: Backoff,
}

/// What is in the way.
struct Trouble {
    reason: String,
    /// How much the folder held.
    bytes: u64,
}

/// Not everything could be kept.
#[derive(Debug)]
pub(crate) struct NoRoom {
    /// How many records were, from the first on.
    pub kept: usize,
    pub reason: String,
}

/// How often the folder is looked at: people delete what they have dealt with.
const LOOK_EVERY: Duration = Duration::from_secs(5);

impl Aside {
    /// Keeps what cannot be delivered in `dir`, within `budget`.
    pub(crate) fn new(dir: &Path, budget: Budget, clock: Clock, metrics: AsideMetrics) -> Self {
        let backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60));
        let state = State { trouble: None, try_at: Instant::now(), backoff };
        Self {
            shelf: Arc::new(Mutex::new(Shelf::new(dir, budget))),
            state: Arc::new(Mutex::new(state)),
            clock,
            metrics,
        }
    }

    /// Returns once all of `kept` is on disk.
    ///
    /// # Errors
    /// Some of it is not, since there is no room or the disk takes nothing.
    pub(crate) async fn keep(&self, kept: Vec<Kept>) -> Result<(), NoRoom> {
        let (shelf, day) = (self.shelf.clone(), self.clock.now().to_zoned(TimeZone::UTC).date());
        let added = tokio::task::spawn_blocking(move || {
            let mut shelf = shelf.lock();
            (shelf.add(day, &kept), shelf.size())
        });
        let Ok((added, size)) = added.await else {
            return Err(NoRoom { kept: 0, reason: "the fanner is ending".into() });
        };
        self.metrics.say(size.records, size.bytes);
        match added {
            Ok(()) => {
                self.worked();
                Ok(())
            }
            Err((kept, error)) => Err(NoRoom { kept, reason: self.failed(error, kept, size.bytes) }),
        }
    }

    /// Whether it is worth while to offer records.
    pub(crate) fn takes_records(&self) -> bool {
        let state = self.state.lock();
        state.trouble.is_none() || state.try_at <= Instant::now()
    }

    /// Why records are not taken, if they are not.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.state.lock().trouble.as_ref().map(|trouble| trouble.reason.clone())
    }

    /// Looks at the folder now and then, and lets it be tried again soon after somebody has made room. Never returns.
    pub(crate) async fn watch(self) {
        loop {
            let shelf = self.shelf.clone();
            let measured = tokio::task::spawn_blocking(move || shelf.lock().measure()).await;
            match measured.unwrap_or_else(|panic| Err(io::Error::other(panic))) {
                Ok(size) => {
                    self.metrics.say(size.records, size.bytes);
                    let mut state = self.state.lock();
                    if state.trouble.as_ref().is_some_and(|trouble| size.bytes < trouble.bytes) {
                        state.try_at = Instant::now();
                    }
                }
                Err(error) => warn!(%error, "the folder of records kept aside cannot be read"),
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    fn worked(&self) {
        let mut state = self.state.lock();
        state.backoff.worked();
        if state.trouble.take().is_some() {
            self.metrics.full.set(0.0);
            info!("records can be kept aside again");
        }
    }

    fn failed(&self, error: ShelfError, kept: usize, bytes: u64) -> String {
        let reason = format!("{:#}", anyhow::Error::from(error));
        let mut state = self.state.lock();
        if 0 < kept {
            state.backoff.worked();
        }
        let pause = state.backoff.failed();
        state.try_at = Instant::now() + pause;
        if state.trouble.replace(Trouble { reason: reason.clone(), bytes }).is_none() {
            self.metrics.full.set(1.0);
            error!(reason, "records cannot be kept aside; they wait in the Global Event Stream");
        }
        reason
    }
}
