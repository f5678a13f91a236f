//! Who is next. Usually whoever waits longest; but when many wait, a stream that was deleted in Kinesis goes first, since
//! one listing tells, while looking at each may take minutes at AWS's pace.

use std::time::Duration;

use fanner_model::StreamName;
use jiff::Timestamp;
use tracing::debug;

use super::Cloud;
use super::run::Reconciler;
use crate::store::StoreError;

/// How long a listing of all streams serves.
const LISTING: Duration = Duration::from_secs(1);

impl<C: Cloud> Reconciler<C> {
    /// At most `free` streams that are due at `now`, in the order of their turns.
    pub(super) async fn due(&self, now: Timestamp, free: usize) -> Result<Vec<StreamName>, StoreError> {
        let limit = u32::try_from(free).unwrap_or(u32::MAX);
        let due = self.store.due_streams(now, limit).await?;
        if due.len() < free || !self.may_list(now) {
            return Ok(due);
        }
        self.prefer_deleted(now).await?;
        self.store.due_streams(now, limit).await
    }

    async fn prefer_deleted(&self, now: Timestamp) -> Result<(), StoreError> {
        let there = match self.cloud.names().await {
            Ok(there) => there,
            Err(failure) => {
                debug!(%failure, "streams could not be listed; they are looked at one by one");
                return Ok(());
            }
        };
        for name in self.store.due_and_seen(now).await? {
            if !there.contains(&name) {
                self.store.prefer(&name).await?;
            }
        }
        Ok(())
    }

    fn may_list(&self, now: Timestamp) -> bool {
        let mut listed_at = self.listed_at.lock();
        let may = listed_at.saturating_add(LISTING).is_ok_and(|again| again <= now);
        if may {
            *listed_at = now;
        }
        may
    }
}
