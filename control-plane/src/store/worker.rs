//! Fanners, and the revision of the rules that each obeys.

use fanner_model::{Revision, WorkerId};
use jiff::Timestamp;

use super::column::{signed, unsigned};
use super::{Pool, Store, StoreError, on};

impl Store {
    /// Notes that `worker` obeys `revision` at `now`.
    pub(crate) async fn acknowledge(
        &self,
        worker: &WorkerId,
        revision: Revision,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const SQL: &str = "insert into worker (name, revision, seen_at) values ($1, $2, $3) \
                           on conflict (name) do update set revision = excluded.revision, seen_at = excluded.seen_at";
        on!(self.writing, db => sqlx::query(SQL).bind(worker.as_str()).bind(signed(revision.0)).bind(now.as_microsecond())
            .execute(db).await.map(drop))?;
        Ok(())
    }

    /// The oldest revision that a worker obeys that was seen at or after `since`; `None`: no worker was.
    pub(crate) async fn obeyed_since(&self, since: Timestamp) -> Result<Option<Revision>, StoreError> {
        const SQL: &str = "select min(revision) from worker where seen_at >= $1";
        let oldest: Option<i64> =
            on!(self.reading, db => sqlx::query_scalar(SQL).bind(since.as_microsecond()).fetch_one(db).await)?;
        oldest.map(|revision| unsigned("worker.revision", revision).map(Revision)).transpose()
    }
}
