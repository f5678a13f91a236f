//! Further subscriptions.

use fanner_audit::{Action, Noun};
use fanner_model::{CallerId, StreamName, SubscriptionId, SubscriptionSpec, TeamName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::audit::{Author, Deed, change};
use super::column::{from_json, parsed, signed, timestamp, to_json, unsigned};
use super::revision::raise_revision;
use super::{Pool, Store, StoreError, on, transact};

/// A subscription as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SubscriptionRecord {
    pub id: SubscriptionId,
    /// The owner, which is the stream's. Only read; a write leaves it to the stream.
    pub team: TeamName,
    pub generation: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub spec: SubscriptionSpec,
    #[serde(skip)]
    pub idempotency_key: Option<String>,
    /// Who made the newest write.
    pub asked_by: CallerId,
}

impl Store {
    /// One subscription.
    pub(crate) async fn subscription(&self, id: SubscriptionId) -> Result<Option<SubscriptionRecord>, StoreError> {
        const SQL: &str = concat!("select ", subscription_columns!(), " where subscription.id = $1");
        let row: Option<SubscriptionRow> =
            on!(self.reading, db => sqlx::query_as(SQL).bind(id.to_string()).fetch_optional(db).await)?;
        row.map(SubscriptionRecord::try_from).transpose()
    }

    /// Subscriptions of a team's streams, or of all, in the order of their ids.
    pub(crate) async fn subscriptions(
        &self,
        team: Option<&TeamName>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<SubscriptionRecord>, StoreError> {
        const SQL: &str = concat!(
            "select ",
            subscription_columns!(),
            " where subscription.id > $1 and ($2 = '' or stream.team = $2) order by subscription.id limit $3"
        );
        let team = team.map_or("", TeamName::as_str);
        let rows: Vec<SubscriptionRow> = on!(self.reading, db => sqlx::query_as(SQL)
            .bind(after).bind(team).bind(i64::from(limit)).fetch_all(db).await)?;
        rows.into_iter().map(SubscriptionRecord::try_from).collect()
    }

    /// The further subscriptions of a stream, in the order of their ids.
    pub(crate) async fn subscriptions_of(&self, stream: &StreamName) -> Result<Vec<SubscriptionRecord>, StoreError> {
        const SQL: &str =
            concat!("select ", subscription_columns!(), " where subscription.stream = $1 order by subscription.id");
        let rows: Vec<SubscriptionRow> =
            on!(self.reading, db => sqlx::query_as(SQL).bind(stream.as_str()).fetch_all(db).await)?;
        rows.into_iter().map(SubscriptionRecord::try_from).collect()
    }

    /// Stores a new subscription (`expected` is `None`) or replaces generation `expected` of one, and raises the rules'
    /// revision; false if there is one already, or it is no longer that generation.
    ///
    /// # Errors
    /// [`StoreError::Dangling`] if the stream or an event went away meanwhile.
    pub(crate) async fn write_subscription(
        &self,
        author: &Author,
        new: &SubscriptionRecord,
        expected: Option<u64>,
    ) -> Result<bool, StoreError> {
        const INSERT: &str = "insert into subscription (id, stream, generation, spec, idempotency_key, updated_at, asked_by, created_at) \
                              values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing";
        const UPDATE: &str = "update subscription \
                              set stream = $2, generation = $3, spec = $4, idempotency_key = $5, updated_at = $6, asked_by = $7 \
                              where id = $1 and generation = $8";
        let (sql, last) = match expected {
            None => (INSERT, new.created_at.as_microsecond()),
            Some(generation) => (UPDATE, signed(generation)),
        };
        let id = new.id.to_string();
        change!(self.writing, author, tx => {
            let revision = raise_revision!(tx);
            let written = sqlx::query(sql)
                .bind(&id)
                .bind(new.spec.stream.as_str())
                .bind(signed(new.generation))
                .bind(to_json(&new.spec))
                .bind(new.idempotency_key.as_deref())
                .bind(new.updated_at.as_microsecond())
                .bind(new.asked_by.as_str())
                .bind(last)
                .execute(&mut *tx).await?.rows_affected();
            if written == 0 {
                return Ok(false);
            }
            sqlx::query(FORGET_EVENTS).bind(&id).execute(&mut *tx).await?;
            for event in &new.spec.events {
                sqlx::query(ADD_EVENT).bind(&id).bind(event.as_str()).execute(&mut *tx).await?;
            }
            sqlx::query(CONCERNS_STREAM).bind(new.spec.stream.as_str()).bind(revision).execute(&mut *tx).await?;
            Deed::made(Action::Put, Noun::Subscriptions, new.id, new)
        })
    }

    /// Ends generation `expected` of a subscription and raises the rules' revision; false if it is no longer that generation.
    pub(crate) async fn delete_subscription(
        &self,
        author: &Author,
        id: SubscriptionId,
        expected: u64,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "delete from subscription where id = $1 and generation = $2";
        change!(self.writing, author, tx => {
            raise_revision!(tx);
            let deleted = sqlx::query(SQL).bind(id.to_string()).bind(signed(expected)).execute(&mut *tx).await?.rows_affected();
            if deleted == 0 {
                return Ok(false);
            }
            Deed::ended(Action::Delete, Noun::Subscriptions, id)
        })
    }
}

const FORGET_EVENTS: &str = "delete from subscription_event where subscription = $1";
const ADD_EVENT: &str = "insert into subscription_event (subscription, event) values ($1, $2)";
const CONCERNS_STREAM: &str = "update stream set revision = $2 where name = $1";

/// The columns of a subscription, with the tables they come from.
macro_rules! subscription_columns {
    () => {
        "subscription.id, stream.team, subscription.generation, subscription.created_at, subscription.updated_at, \
         subscription.spec, subscription.idempotency_key, subscription.asked_by \
         from subscription join stream on stream.name = subscription.stream"
    };
}
pub(super) use subscription_columns;

#[derive(sqlx::FromRow)]
pub(super) struct SubscriptionRow {
    pub(super) id: String,
    team: String,
    generation: i64,
    created_at: i64,
    updated_at: i64,
    spec: String,
    idempotency_key: Option<String>,
    asked_by: String,
}

impl TryFrom<SubscriptionRow> for SubscriptionRecord {
    type Error = StoreError;

    fn try_from(row: SubscriptionRow) -> Result<Self, StoreError> {
        let SubscriptionRow { id, team, generation, created_at, updated_at, spec, idempotency_key, asked_by } = row;
        Ok(Self {
            id: parsed("subscription.id", &id)?,
            team: parsed("stream.team", &team)?,
            generation: unsigned("subscription.generation", generation)?,
            created_at: timestamp("subscription.created_at", created_at)?,
            updated_at: timestamp("subscription.updated_at", updated_at)?,
            spec: from_json("subscription.spec", &spec)?,
            idempotency_key,
            asked_by: parsed("subscription.asked_by", &asked_by)?,
        })
    }
}
