//! Fanners, and the revision of the rules that each obeys.

use fanner_model::{Fanner, Revision, WorkerId};
use jiff::{SignedDuration, Timestamp};

use super::column::{parsed, signed, timestamp, unsigned};
use super::{Pool, Store, StoreError, on};

/// How long a fanner counts as live after it was last heard of.
pub(crate) const LEASE: SignedDuration = SignedDuration::from_secs(10);

impl Store {
    /// Notes that `worker` obeys `revision` at `now`.
    pub(crate) async fn acknowledge(
        &self,
        worker: &WorkerId,
        revision: Revision,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const SQL: &str = "insert into worker (name, revision, seen_at, since) values ($1, $2, $3, $3) \
                           on conflict (name) do update set revision = excluded.revision, seen_at = excluded.seen_at, \
                           since = case when worker.revision = excluded.revision then worker.since else excluded.since end";
        on!(self.writing, db => sqlx::query(SQL).bind(worker.as_str()).bind(signed(revision.0)).bind(now.as_microsecond())
            .execute(db).await.map(drop))?;
        Ok(())
    }

    /// The oldest revision that a worker obeys that is live at `now`; `None`: none is.
    pub(crate) async fn obeyed(&self, now: Timestamp) -> Result<Option<Revision>, StoreError> {
        const SQL: &str = "select min(revision) from worker where seen_at > $1";
        let since = before_lease(now).as_microsecond();
        let oldest: Option<i64> = on!(self.reading, db => sqlx::query_scalar(SQL).bind(since).fetch_one(db).await)?;
        oldest.map(|revision| unsigned("worker.revision", revision).map(Revision)).transpose()
    }

    /// The workers that were live at `since` or later, in the order of their names.
    pub(crate) async fn fanners(&self, since: Timestamp, after: &str, limit: u32) -> Result<Vec<Fanner>, StoreError> {
        const SQL: &str =
            "select name, revision, since, seen_at from worker where seen_at > $1 and name > $2 order by name limit $3";
        let since = before_lease(since).as_microsecond();
        let rows: Vec<WorkerRow> = on!(self.reading, db => sqlx::query_as(SQL)
            .bind(since).bind(after).bind(i64::from(limit)).fetch_all(db).await)?;
        rows.into_iter().map(Fanner::try_from).collect()
    }
}

/// Who was last heard of before that is not live at `now`.
fn before_lease(now: Timestamp) -> Timestamp {
    now.saturating_sub(LEASE).unwrap_or(Timestamp::MIN)
}

#[derive(sqlx::FromRow)]
struct WorkerRow {
    name: String,
    revision: i64,
    since: i64,
    seen_at: i64,
}

impl TryFrom<WorkerRow> for Fanner {
    type Error = StoreError;

    fn try_from(WorkerRow { name, revision, since, seen_at }: WorkerRow) -> Result<Self, StoreError> {
        let seen_at = timestamp("worker.seen_at", seen_at)?;
        Ok(Self {
            id: parsed("worker.name", &name)?,
            revision: Revision(unsigned("worker.revision", revision)?),
            since: timestamp("worker.since", since)?,
            lease_until: seen_at.saturating_add(LEASE).unwrap_or(Timestamp::MAX),
        })
    }
}
