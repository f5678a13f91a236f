//! Event types.

use std::collections::BTreeSet;

use fanner_model::{EventName, EventType, StreamName};

use super::column::{from_json, parsed, signed, timestamp, to_json, unsigned};
use super::revision::raise_revision;
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

    /// Those of `names` that are declared.
    pub(crate) async fn event_types_named(&self, names: &BTreeSet<EventName>) -> Result<Vec<EventType>, StoreError> {
        let mut found = Vec::with_capacity(names.len());
        for name in names {
            found.extend(self.event_type(name).await?.map(|record| record.event_type));
        }
        Ok(found)
    }

    /// The event types that the streams with names from `first` to `last` want by themselves.
    pub(crate) async fn event_types_of_streams(
        &self,
        first: &StreamName,
        last: &StreamName,
    ) -> Result<Vec<EventType>, StoreError> {
        const SQL: &str = concat!(
            "select ",
            event_type_columns!(),
            " from event_type \
             where name in (select event from stream_event where stream >= $1 and stream <= $2)"
        );
        let rows: Vec<EventTypeRow> =
            on!(self.reading, db => sqlx::query_as(SQL).bind(first.as_str()).bind(last.as_str()).fetch_all(db).await)?;
        event_types(rows)
    }

    /// The names of all event types, for finding one that is meant.
    pub(crate) async fn event_names(&self) -> Result<Vec<EventName>, StoreError> {
        const SQL: &str = "select name from event_type order by name";
        let names: Vec<String> = on!(self.reading, db => sqlx::query_scalar(SQL).fetch_all(db).await)?;
        names.iter().map(|name| parsed("event_type.name", name)).collect()
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

    /// Declares an event type; false if one of that name is there already.
    pub(crate) async fn insert_event_type(&self, new: &EventTypeRecord) -> Result<bool, StoreError> {
        const SQL: &str = "insert into event_type (name, team, version, spec, idempotency_key, created_at, updated_at) \
                           values ($1, $2, $3, $4, $5, $6, $7) on conflict (name) do nothing";
        let EventTypeRecord { event_type: new, idempotency_key } = new;
        let inserted = on!(self.writing, db => sqlx::query(SQL)
            .bind(new.name.as_str())
            .bind(new.team.as_str())
            .bind(signed(new.version))
            .bind(to_json(&new.spec))
            .bind(idempotency_key.as_deref())
            .bind(new.created_at.as_microsecond())
            .bind(new.updated_at.as_microsecond())
            .execute(db).await.map(|done| done.rows_affected()))?;
        Ok(inserted == 1)
    }

    /// Replaces version `expected` of a declaration, and raises the rules' revision; false if it is no longer that version.
    pub(crate) async fn update_event_type(&self, new: &EventTypeRecord, expected: u64) -> Result<bool, StoreError> {
        const SQL: &str = "update event_type set team = $2, version = $3, spec = $4, idempotency_key = $5, updated_at = $6 \
                           where name = $1 and version = $7";
        let EventTypeRecord { event_type: new, idempotency_key } = new;
        transact!(self.writing, tx => {
            raise_revision!(tx);
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
            true
        })
    }

    /// Takes back version `expected` of a declaration; false if it is no longer that version.
    ///
    /// # Errors
    /// [`StoreError::Dangling`] while somebody subscribes to it.
    pub(crate) async fn delete_event_type(&self, name: &EventName, expected: u64) -> Result<bool, StoreError> {
        const SQL: &str = "delete from event_type where name = $1 and version = $2";
        let deleted = on!(self.writing, db => sqlx::query(SQL).bind(name.as_str()).bind(signed(expected))
            .execute(db).await.map(|done| done.rows_affected()))?;
        Ok(deleted == 1)
    }
}

macro_rules! event_type_columns {
    () => {
        "name, team, version, spec, idempotency_key, created_at, updated_at"
    };
}
pub(super) use event_type_columns;

#[derive(sqlx::FromRow)]
pub(super) struct EventTypeRow {
    name: String,
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
