//! Telling the control plane what was noted, in the background and in batches: what it did not take is told again.

use std::time::Duration;

use fanner_client::Error;
use tracing::{debug, warn};

use crate::backoff::Backoff;

/// How often reports are made, if there is something to report.
const EVERY: Duration = Duration::from_secs(1);

/// Reports what is `due` with `tell`, and notes as `told` what was taken. `what` is its name in the log. Never returns.
pub(crate) async fn report<T: Clone, F: Future<Output = Result<(), Error>>>(
    what: &str,
    due: impl Fn() -> Vec<T>,
    tell: impl Fn(Vec<T>) -> F,
    told: impl Fn(&[T]),
) {
    let mut backoff = Backoff::new(EVERY, Duration::from_secs(60));
    loop {
        tokio::time::sleep(EVERY).await;
        let due = due();
        if due.is_empty() {
            continue;
        }
        match tell(due.clone()).await {
            Ok(()) => {
                backoff.worked();
                debug!(count = due.len(), "{what} were reported");
                told(&due);
            }
            Err(error) => {
                let pause = backoff.failed();
                if backoff.is_worth_a_line() {
                    warn!(count = due.len(), attempt = backoff.attempt(), %error, "{what} could not be reported; retrying");
                }
                tokio::time::sleep(pause).await;
            }
        }
    }
}
