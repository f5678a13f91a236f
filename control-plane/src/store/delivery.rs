//! When each event was last delivered to each stream, as the fanners told.

use std::collections::{BTreeMap, HashMap};

use fanner_model::{Delivery, EventName, StreamId};
use jiff::Timestamp;

use super::column::{parsed, timestamp};
use super::{Pool, Store, StoreError, on, transact};

/// When each event was last delivered to each stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deliveries(HashMap<(StreamId, EventName), Timestamp>);

impl Deliveries {
    /// When an event was last delivered to a stream; `None`: never, as far as was told.
    pub(crate) fn last(&self, stream: StreamId, event: &EventName) -> Option<Timestamp> {
        self.0.get(&(stream, event.clone())).copied()
    }
}

impl Store {
    /// Notes what was delivered, at `now` at the latest. Forgets what is about streams that are gone.
    pub(crate) async fn note_deliveries(&self, deliveries: &[Delivery], now: Timestamp) -> Result<(), StoreError> {
        const NOTE: &str = "insert into delivery (stream, event, last_at) select id, $2, $3 from stream where id = $1 \
                            on conflict (stream, event) do update set last_at = excluded.last_at \
                            where delivery.last_at < excluded.last_at";
        const FORGET: &str = "delete from delivery where stream not in (select id from stream)";
        transact!(self.writing, tx => {
            sqlx::query(FORGET).execute(&mut *tx).await?;
            for Delivery { stream, event, last_at } in deliveries {
                sqlx::query(NOTE)
                    .bind(stream.to_string())
                    .bind(event.as_str())
                    .bind((*last_at).min(now).as_microsecond())
                    .execute(&mut *tx).await?;
            }
        })
    }

    /// What was last delivered of an event, or of all.
    pub(crate) async fn deliveries(&self, event: Option<&EventName>) -> Result<Deliveries, StoreError> {
        const SQL: &str = "select stream, event, last_at from delivery where $1 = '' or event = $1";
        let event = event.map_or("", EventName::as_str);
        let rows: Vec<(String, String, i64)> =
            on!(self.reading, db => sqlx::query_as(SQL).bind(event).fetch_all(db).await)?;
        let read = |(stream, event, last_at): (String, String, i64)| {
            let pair = (parsed("delivery.stream", &stream)?, parsed("delivery.event", &event)?);
            Ok((pair, timestamp("delivery.last_at", last_at)?))
        };
        rows.into_iter().map(read).collect::<Result<_, _>>().map(Deliveries)
    }

    /// When each event was last delivered to a stream.
    pub(crate) async fn deliveries_to(&self, stream: StreamId) -> Result<BTreeMap<EventName, Timestamp>, StoreError> {
        const SQL: &str = "select event, last_at from delivery where stream = $1";
        let rows: Vec<(String, i64)> =
            on!(self.reading, db => sqlx::query_as(SQL).bind(stream.to_string()).fetch_all(db).await)?;
        let read = |(event, last_at): (String, i64)| {
            Ok((parsed("delivery.event", &event)?, timestamp("delivery.last_at", last_at)?))
        };
        rows.into_iter().map(read).collect()
    }
}
