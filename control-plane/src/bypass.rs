//! Looks who can read the Global Event Stream without the fanner: at intervals, and whenever somebody asks.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use fanner_bypass::report;
use fanner_model::{Arn, BypassReport, StreamName, Unread};
use tokio::sync::{Mutex, MutexGuard};
use tracing::warn;

use crate::app::App;
use crate::aws::AccountReader;
use crate::clock::Clock;
use crate::ops;

/// How often to look whether a report is due, and what has become of the newest one: what was acknowledged ends.
const LOOK: Duration = Duration::from_secs(30);

/// Whom to look for, and where. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Bypass {
    account: AccountReader,
    ges: StreamName,
    readers: Arc<BTreeSet<Arn>>,
    interval: Duration,
    turn: Arc<Mutex<()>>,
}

impl Bypass {
    /// Looks at `account` every `interval` for who can read `ges` besides `readers`.
    pub(crate) fn new(account: AccountReader, ges: StreamName, readers: BTreeSet<Arn>, interval: Duration) -> Self {
        Self { account, ges, readers: Arc::new(readers), interval, turn: Arc::default() }
    }

    /// Held by whoever looks, so that those who ask at the same time share a report.
    pub(crate) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Takes the report. Large accounts take a while.
    ///
    /// # Errors
    /// The stream itself cannot be described.
    pub(crate) async fn look(&self, clock: &Clock) -> Result<BypassReport, Unread> {
        // What changes while the account is being read may be missing, so this is the moment that the report is of.
        let (readers, taken_at) = (self.readers.clone(), clock.now());
        let account = self.account.describe(&self.ges).await?;
        let taken = tokio::task::spawn_blocking(move || report(&account, &readers, taken_at)).await;
        Ok(taken.expect("evaluating policies neither panics nor is cancelled"))
    }
}

/// Keeps the report fresh until the control plane stops.
pub(crate) async fn run(app: App, bypass: Bypass) {
    while !app.closing.is_cancelled() {
        let oldest = app.clock.now().saturating_sub(bypass.interval).unwrap_or_default();
        if let Err(error) = ops::bypass::since(&app, &bypass, oldest).await {
            let error = &error as &dyn std::error::Error;
            warn!(error, "bypass report could not be taken; the next attempt follows");
        }
        tokio::select! {
            () = app.closing.cancelled() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}
