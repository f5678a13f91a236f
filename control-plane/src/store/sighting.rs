//! Sightings: names on the Global Event Stream that nobody declared.

use std::collections::BTreeSet;

use fanner_model::{EventName, Sighting};
use jiff::Timestamp;

use super::column::{parsed, timestamp};
use super::{Pool, Store, StoreError, on, transact};

impl Store {
    /// Notes that `events` were seen at `now`, but for those that are declared. Forgets what was last seen before
    /// `forgotten`, and beyond `most` names those that were not seen for longest.
    pub(crate) async fn note_sightings(
        &self,
        events: &BTreeSet<EventName>,
        now: Timestamp,
        forgotten: Timestamp,
        most: u32,
    ) -> Result<(), StoreError> {
        const FORGET: &str = "delete from sighting where last_seen_at < $1";
        const NOTE: &str = "insert into sighting (name, first_seen_at, last_seen_at) select $1, $2, $2 \
                            where not exists (select 1 from event_type where name = $1) \
                            on conflict (name) do update set last_seen_at = excluded.last_seen_at";
        const COUNT: &str = "select count(*) from sighting";
        const DROP: &str = "delete from sighting where name in \
                            (select name from sighting order by last_seen_at, name limit $1)";
        transact!(self.writing, tx => {
            sqlx::query(FORGET).bind(forgotten.as_microsecond()).execute(&mut *tx).await?;
            for event in events {
                sqlx::query(NOTE).bind(event.as_str()).bind(now.as_microsecond()).execute(&mut *tx).await?;
            }
            let count: i64 = sqlx::query_scalar(COUNT).fetch_one(&mut *tx).await?;
            sqlx::query(DROP).bind((count - i64::from(most)).max(0)).execute(&mut *tx).await?;
        })
    }

    /// Whether events of this name were seen at or after `since`.
    pub(crate) async fn is_sighted(&self, name: &EventName, since: Timestamp) -> Result<bool, StoreError> {
        const SQL: &str = "select count(*) from sighting where name = $1 and $2 <= last_seen_at";
        let count: i64 = on!(self.reading, db => sqlx::query_scalar(SQL)
            .bind(name.as_str()).bind(since.as_microsecond()).fetch_one(db).await)?;
        Ok(count == 1)
    }

    /// Names that were seen at or after `since`, in their order.
    pub(crate) async fn sightings(
        &self,
        since: Timestamp,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Sighting>, StoreError> {
        const SQL: &str = "select name, first_seen_at, last_seen_at from sighting \
                           where name > $1 and $2 <= last_seen_at order by name limit $3";
        let rows: Vec<SightingRow> = on!(self.reading, db => sqlx::query_as(SQL)
            .bind(after).bind(since.as_microsecond()).bind(i64::from(limit)).fetch_all(db).await)?;
        rows.into_iter().map(Sighting::try_from).collect()
    }
}

#[derive(sqlx::FromRow)]
struct SightingRow {
    name: String,
    first_seen_at: i64,
    last_seen_at: i64,
}

impl TryFrom<SightingRow> for Sighting {
    type Error = StoreError;

    fn try_from(SightingRow { name, first_seen_at, last_seen_at }: SightingRow) -> Result<Self, StoreError> {
        Ok(Self {
            name: parsed("sighting.name", &name)?,
            first_seen_at: timestamp("sighting.first_seen_at", first_seen_at)?,
            last_seen_at: timestamp("sighting.last_seen_at", last_seen_at)?,
        })
    }
}
