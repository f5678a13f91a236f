//! Event types.

use fanner_audit::{Action, Noun};
use fanner_model::{EventName, EventType, StreamName, TeamName};

use super::audit::{Author, Deed, change};
use super::column::{from_json, parsed, signed, timestamp, to_json, unsigned};
use super::enforcement::decide;
use super::revision::raise_access;
use super::{Pool, Store, StoreError, on, transact};

/// An event type, and the key that the write which made it carried.
#[derive(Clone, Debug)]
pub(crate) struct EventTypeRecord {
    pub event_type: EventType,
    pub idempotency_key: Option<String>,
}

impl Store {
    /// One event type.
    pub(crate) async fn event_type(&self, name: &EventName) -> Result<Option<EventTypeRecord>, StoreError> {
        const SQL: &str = concat!("select ", event_type_columns!(), " from event_type where name = $1");
        let row: Option<EventTypeRow> =
            on!(self.reading, db => sqlx::query_as(SQL).bind(name.as_str()).fetch_optional(db).await)?;
        row.map(EventTypeRecord::try_from).transpose()
    }

    /// Event types in the order of their names.
    pub(crate) async fn event_types(&self, after: &str, limit: u32) -> Result<Vec<EventType>, StoreError> {
        const SQL: &str =
            concat!("select ", event_type_columns!(), " from event_type where name > $1 order by name limit $2");
        let rows: Vec<EventTypeRow> =
            on!(self.reading, db => sqlx::query_as(SQL).bind(after).bind(i64::from(limit)).fetch_all(db).await)?;
        event_types(rows)
    }

    /// The streams that want `event`, by themselves or by a further subscription.
    pub(crate) async fn streams_wanting(&self, event: &EventName) -> Result<Vec<StreamName>, StoreError> {
        const SQL: &str = "select stream from stream_event where event = $1 \
                           union select stream from subscription \
                           where id in (select subscription from subscription_event where event = $1) \
                           order by stream";
        let names: Vec<String> =
            on!(self.reading, db => sqlx::query_scalar(SQL).bind(event.as_str()).fetch_all(db).await)?;
        names.iter().map(|name| parsed("stream.name", name)).collect()
    }

    /// The team that owned an event type of this name, which was taken back.
    pub(crate) async fn last_owner(&self, name: &EventName) -> Result<Option<TeamName>, StoreError> {
        let team: Option<String> =
            on!(self.reading, db => sqlx::query_scalar(LAST_OWNER).bind(name.as_str()).fetch_optional(db).await)?;
        team.map(|team| parsed("retired_event.team", &team)).transpose()
    }

    /// Declares an event type, whose name is then neither retired nor merely seen any more; false if one of that name is
    /// there already, or `last_owner` was not the last one.
    pub(crate) async fn insert_event_type(
        &self,
        author: &Author,
        new: &EventTypeRecord,
        last_owner: Option<&TeamName>,
    ) -> Result<bool, StoreError> {
        const INSERT: &str = "insert into event_type (name, team, version, spec, idempotency_key, created_at, updated_at) \
                              values ($1, $2, $3, $4, $5, $6, $7) on conflict (name) do nothing";
        let EventTypeRecord { event_type: new, idempotency_key } = new;
        change!(self.writing, author, tx => {
            raise_access!(tx);
            decide!(tx, author, Noun::EventTypes, new.name);
            let inserted = sqlx::query(INSERT)
                .bind(new.name.as_str())
                .bind(new.team.as_str())
                .bind(signed(new.version))
                .bind(to_json(&new.spec))
                .bind(idempotency_key.as_deref())
                .bind(new.created_at.as_microsecond())
                .bind(new.updated_at.as_microsecond())
                .execute(&mut *tx).await?.rows_affected();
            let owner: Option<String> =
                sqlx::query_scalar(LAST_OWNER).bind(new.name.as_str()).fetch_optional(&mut *tx).await?;
            if inserted == 0 || owner.as_deref() != last_owner.map(TeamName::as_str) {
                return Ok(false);
            }
            for forget in ["delete from retired_event where name = $1", "delete from sighting where name = $1"] {
                sqlx::query(forget).bind(new.name.as_str()).execute(&mut *tx).await?;
            }
            Deed::made(Action::Put, Noun::EventTypes, &new.name, new)
        })
    }

    /// Replaces version `expected` of a declaration, and raises the rules' revision; false if it is no longer that version.
    pub(crate) async fn update_event_type(
        &self,
        author: &Author,
        new: &EventTypeRecord,
        expected: u64,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "update event_type set team = $2, version = $3, spec = $4, idempotency_key = $5, updated_at = $6 \
                           where name = $1 and version = $7";
        let EventTypeRecord { event_type: new, idempotency_key } = new;
        change!(self.writing, author, tx => {
            raise_access!(tx);
            decide!(tx, author, Noun::EventTypes, new.name);
            let updated = sqlx::query(SQL)
                .bind(new.name.as_str())
                .bind(new.team.as_str())
                .bind(signed(new.version))
                .bind(to_json(&new.spec))
                .bind(idempotency_key.as_deref())
                .bind(new.updated_at.as_microsecond())
                .bind(signed(expected))
                .execute(&mut *tx).await?.rows_affected();
            if updated == 0 {
                return Ok(false);
            }
            Deed::made(Action::Put, Noun::EventTypes, &new.name, new)
        })
    }

    /// Takes back version `expected` of a declaration, whose name stays with its owner; false if it is no longer that
    /// version.
    ///
    /// # Errors
    /// [`StoreError::Dangling`] while somebody subscribes to it.
    pub(crate) async fn delete_event_type(
        &self,
        author: &Author,
        name: &EventName,
        expected: u64,
    ) -> Result<bool, StoreError> {
        const RETIRE: &str = "insert into retired_event (name, team, retired_at) \
                              select name, team, $3 from event_type where name = $1 and version = $2 \
                              on conflict (name) do nothing";
        const DELETE: &str = "delete from event_type where name = $1 and version = $2";
        change!(self.writing, author, tx => {
            raise_access!(tx);
            decide!(tx, author, Noun::EventTypes, name);
            let (name, expected, now) = (name.as_str(), signed(expected), author.at.as_microsecond());
            sqlx::query(RETIRE).bind(name).bind(expected).bind(now).execute(&mut *tx).await?;
            let deleted = sqlx::query(DELETE).bind(name).bind(expected).execute(&mut *tx).await?.rows_affected();
            if deleted == 0 {
                return Ok(false);
            }
            Deed::ended(Action::Delete, Noun::EventTypes, name)
        })
    }
}

const LAST_OWNER: &str = "select team from retired_event where name = $1";

macro_rules! event_type_columns {
    () => {
        "name, team, version, spec, idempotency_key, created_at, updated_at"
    };
}
pub(super) use event_type_columns;

#[derive(sqlx::FromRow)]
pub(super) struct EventTypeRow {
    pub(super) name: String,
    team: String,
    version: i64,
    spec: String,
    idempotency_key: Option<String>,
    created_at: i64,
    updated_at: i64,
}

pub(super) fn event_types(rows: Vec<EventTypeRow>) -> Result<Vec<EventType>, StoreError> {
    rows.into_iter().map(|row| EventTypeRecord::try_from(row).map(|record| record.event_type)).collect()
}

impl TryFrom<EventTypeRow> for EventTypeRecord {
    type Error = StoreError;

    fn try_from(row: EventTypeRow) -> Result<Self, StoreError> {
        let EventTypeRow { name, team, version, spec, idempotency_key, created_at, updated_at } = row;
        let event_type = EventType {
            name: parsed("event_type.name", &name)?,
            team: parsed("event_type.team", &team)?,
            version: unsigned("event_type.version", version)?,
            created_at: timestamp("event_type.created_at", created_at)?,
            updated_at: timestamp("event_type.updated_at", updated_at)?,
            spec: from_json("event_type.spec", &spec)?,
        };
        Ok(Self { event_type, idempotency_key })
    }
}
