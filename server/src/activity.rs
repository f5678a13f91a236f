//! Whether a connection has a request under way, and if not, since when.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, sleep_until};

/// The requests of one connection that are being answered. HTTP/2 has several at a time.
#[derive(Debug)]
pub(crate) struct Activity(Mutex<State>);

#[derive(Debug)]
struct State {
    under_way: usize,
    /// When the last one was answered; before the first, when the connection came.
    ended_at: Instant,
}

/// A request that is being answered, until this is dropped.
#[derive(Debug)]
pub(crate) struct UnderWay(Arc<Activity>);

impl Default for Activity {
    fn default() -> Self {
        Self(Mutex::new(State { under_way: 0, ended_at: Instant::now() }))
    }
}

impl Activity {
    /// A request begins.
    pub(crate) fn begin(self: &Arc<Self>) -> UnderWay {
        self.0.lock().under_way += 1;
        UnderWay(Arc::clone(self))
    }

    /// Ends once no request was under way for `long`, which begins now at the earliest. One timer serves all requests: it
    /// looks again when it has run out, so that a request costs no timer.
    pub(crate) async fn rested(&self, long: Duration) {
        let mut until = Instant::now() + long;
        while Instant::now() < until {
            sleep_until(until).await;
            let state = self.0.lock();
            until = if state.under_way == 0 { state.ended_at } else { Instant::now() } + long;
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut state = self.0.0.lock();
        state.under_way -= 1;
        state.ended_at = Instant::now();
    }
}
